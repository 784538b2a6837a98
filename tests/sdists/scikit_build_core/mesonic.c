#include <Python.h>

static PyObject *places(PyObject *self, PyObject *args) { return Py_BuildValue("(ss)", BUILD, __FILE__); }
static PyMethodDef methods[] = {{"places", places, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "mesonic", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_mesonic(void) { return PyModule_Create(&module); }
