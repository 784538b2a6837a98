long part_a(void) { return 97; }
