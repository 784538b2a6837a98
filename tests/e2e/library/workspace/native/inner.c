int inner(void) { return 21; }
