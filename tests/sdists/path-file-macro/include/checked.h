#include <assert.h>
static const char *checked(int value) {
    assert(value != 12345);
    return __FILE__;
}
