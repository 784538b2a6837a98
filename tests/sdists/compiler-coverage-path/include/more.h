static int more(int n) { return n + 1; }
