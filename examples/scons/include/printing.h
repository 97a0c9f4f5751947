#ifndef PRINTING_H
#define PRINTING_H

void print_count(unsigned count, const char *what);

#endif
