#include "native_outer.h"

int native_inner(void);

int native_outer(void) { return 7 * native_inner(); }
