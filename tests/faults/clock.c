/* Preloaded, it sets the clock of the day back by a day each time that it is read, from the year 2030 on. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static atomic_long reads;
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec = 1893456000 - 86400 * atomic_fetch_add(&reads, 1);
    return result;
}
