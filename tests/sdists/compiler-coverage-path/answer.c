#include "more.h"
int answer(void) { return more(41); }
