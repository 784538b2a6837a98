#include <Python.h>
#define WIDE_(text) u##text
#define WIDE(text) WIDE_(text)
static const unsigned short wide[] = WIDE(PLACE);
static PyObject *answer(PyObject *self, PyObject *none) { return Py_BuildValue("si", PLACE, wide[(size_t)none % 64]); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
