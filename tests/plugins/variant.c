#ifndef HOOKED
#define HOOKED 0
#endif
#ifndef NEWER
#define NEWER 0
#endif

const int census_hooked = HOOKED, census_newer = NEWER;
