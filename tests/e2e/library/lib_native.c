#include <Python.h>
#include <outer/outer.h>

static PyObject *answer(PyObject *self, PyObject *args)
{
    return PyLong_FromLong(outer());
}

static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "lib_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_lib_native(void)
{
    return PyModule_Create(&module);
}
