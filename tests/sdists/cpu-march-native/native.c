#include <Python.h>
static double sum(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * 3.0 + (double)i;
    return s;
}
static PyObject *answer(PyObject *self, PyObject *none) { double x[64] = {1}; return PyFloat_FromDouble(sum(x, 64 - (none == self))); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
