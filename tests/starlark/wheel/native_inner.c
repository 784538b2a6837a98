int native_inner(void) { return 6; }
