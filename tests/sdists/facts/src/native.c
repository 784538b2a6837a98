#include <Python.h>
#include <assert.h>
#include "checked.h"
#include "place.h"
#include "parts.h"

static PyObject *where(PyObject *self, PyObject *number) {
    long value = PyLong_AsLong(number);
    assert(value != 12345);
    return Py_BuildValue("(ssssssl)", __FILE__, checked_file(value), PLACE, FLAG_PLACE, WHEN,
                         __DATE__ " " __TIME__ " " __TIMESTAMP__, part_sum());
}

static PyMethodDef methods[] = {{"where", where, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
