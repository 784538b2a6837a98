long part_d(void) { return 100; }
