#define SIDE 64

typedef struct { unsigned char alive[SIDE][SIDE]; } World;

int cell(const World *world, int row, int column);
int neighbours(const World *world, int row, int column);
int lives_on(int alive, int neighbours);
void step(const World *from, World *to);
