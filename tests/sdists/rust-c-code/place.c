const char *place(void) { return __FILE__; }
