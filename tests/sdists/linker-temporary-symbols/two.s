.globl two
.data
two: .quad 2
hidden: .quad 3
