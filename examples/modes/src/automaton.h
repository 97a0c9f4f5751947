/* A ring of cells, each alive or not; a rule says what three neighbours become. */
#ifndef AUTOMATON_H
#define AUTOMATON_H

#define CELLS 4096

int rule_of(int number, int left, int cell, int right);
int cell_at(const unsigned char *ring, int place);
void set_cell(unsigned char *ring, int place, int alive);
void step(const unsigned char *from, unsigned char *to, int number);
int alive(const unsigned char *ring);

#endif
