/* Runs a command under ptrace(2) and lets one of its system calls fail, or cuts reads and writes short, or sends a signal at one.
 * Calls are counted by name over all threads, from the moment at which the program under test switches core dumps off (its first
 * own call; what is before is the dynamic loader's and the runtime's). Knows nothing else of the program.
 *
 *   inject REPORT record                             COMMAND...   counts only
 *   inject REPORT error NAME K ERRNO once|on         COMMAND...   call K of NAME fails and is not made; with `on` all later ones too
 *   inject REPORT signal NAME K NUMBER before|after  COMMAND...   sends the process a signal as call K begins or has ended
 *   inject REPORT short SEED                         COMMAND...   reads and writes transfer fewer bytes than were asked for
 *
 * REPORT receives lines: `call NAME COUNT`, `fired COUNT`, `ended exit|signal|timeout NUMBER`. Exit code 0, or 99 if tracing failed.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 120, THREADS_MAX = 512, NUMBERS_MAX = 600 };

static const struct { long number; const char *name; } NAMES[] = {
#define CALL(name) {SYS_##name, #name}
    CALL(read), CALL(write), CALL(pread64), CALL(pwrite64), CALL(readv), CALL(writev), CALL(pwritev), CALL(close), CALL(openat),
    CALL(statx), CALL(fstat), CALL(lseek), CALL(mmap), CALL(mprotect), CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk),
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(sigaltstack), CALL(ioctl), CALL(fcntl), CALL(flock), CALL(fsync),
    CALL(fdatasync), CALL(ftruncate), CALL(fallocate), CALL(fchmod), CALL(fchmodat), CALL(mkdirat), CALL(unlinkat), CALL(linkat),
    CALL(renameat2), CALL(getdents64), CALL(prlimit64), CALL(prctl), CALL(socketpair), CALL(recvfrom), CALL(sendto), CALL(clone),
    CALL(clone3), CALL(getrandom), CALL(sched_getaffinity), CALL(sched_yield), CALL(futex), CALL(gettid), CALL(getpid), CALL(geteuid),
    CALL(set_robust_list), CALL(rseq), CALL(exit), CALL(exit_group), CALL(restart_syscall), CALL(rt_sigreturn), CALL(execve),
    CALL(copy_file_range), CALL(sendfile), CALL(clock_gettime), CALL(clock_nanosleep), CALL(ppoll), CALL(uname), CALL(getcwd),
    CALL(faccessat), CALL(readlinkat), CALL(umask), CALL(fadvise64), CALL(tgkill), CALL(sysinfo), CALL(statfs), CALL(fstatfs),
    CALL(newfstatat), CALL(renameat),
#ifdef SYS_open /* calls that newer architectures do not have */
    CALL(open), CALL(stat), CALL(lstat), CALL(mkdir), CALL(chmod), CALL(rmdir), CALL(unlink), CALL(rename), CALL(link),
    CALL(readlink), CALL(access), CALL(poll), CALL(pipe), CALL(getdents),
#endif
};

/* Calls that the system never fails (and whose number may differ from run to run), and futex, whose lost wake-up hangs any program. */
static const long NOT_COUNTED[] = {SYS_futex, SYS_sched_yield, SYS_gettid, SYS_getpid, SYS_geteuid, SYS_exit, SYS_exit_group,
                                   SYS_restart_syscall, SYS_rt_sigreturn};

/* Calls whose third argument is a number of bytes that may be transferred in part. */
static const long SHORTENED[] = {SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_recvfrom, SYS_sendto};

/* Calls whose second argument is an array of slices, of which the third tells the number: they are transferred up to part of one. */
static const long SHORTENED_SLICES[] = {SYS_writev, SYS_pwritev};

static const struct { const char *name; int number; } ERRORS[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EDQUOT", EDQUOT}, {"ENOMEM", ENOMEM}, {"EMFILE", EMFILE},
    {"EACCES", EACCES}, {"EROFS", EROFS}, {"ENOENT", ENOENT}, {"ESTALE", ESTALE}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS},
    {"EOPNOTSUPP", EOPNOTSUPP}, {"EEXIST", EEXIST},
};

enum action { RECORD, ERROR, SIGNAL, SHORT };

static struct {
    enum action action;
    long number;
    long call;
    int value; /* error number or signal */
    int once, before;
    uint64_t seed;
} plan;

static struct thread {
    pid_t id;
    int result_is_set; /* the call was not made: its result is put in place as it ends */
    long result;
    int count_is_set; /* its third argument was changed, and is given back as it ends */
    uint64_t count;
    uint64_t slice; /* where a slice is whose length was changed, and is given back as it ends */
    struct iovec slice_was;
    int signal_after;
} threads[THREADS_MAX];

static long calls[NUMBERS_MAX];
static long fired;
static volatile sig_atomic_t timed_out;

static void fail(const char *what) {
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(99);
}

static void on_alarm(int signal) {
    (void)signal;
    timed_out = 1;
}

static const char *name_of(long number) {
    static char unknown[32];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (NAMES[i].number == number) return NAMES[i].name;
    snprintf(unknown, sizeof unknown, "syscall-%ld", number);
    return unknown;
}

static long number_of(const char *name) {
    long number;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(NAMES[i].name, name) == 0) return NAMES[i].number;
    if (sscanf(name, "syscall-%ld", &number) == 1) return number;
    fprintf(stderr, "inject: there is no system call %s\n", name);
    exit(99);
}

static int is_among(long number, const long *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number) return 1;
    return 0;
}
#define IS_AMONG(number, numbers) is_among(number, numbers, sizeof numbers / sizeof *numbers)

static struct thread *thread_of(pid_t id) {
    struct thread *free_one = NULL;
    for (size_t i = 0; i < THREADS_MAX; i++) {
        if (threads[i].id == id) return &threads[i];
        if (threads[i].id == 0 && free_one == NULL) free_one = &threads[i];
    }
    if (free_one == NULL) fail("too many threads");
    memset(free_one, 0, sizeof *free_one);
    free_one->id = id;
    return free_one;
}

/* A thread that was killed meanwhile is no longer there to be told anything. */
static void check(long result, const char *what) {
    if (result != 0 && errno != ESRCH) fail(what);
}

#if defined(__x86_64__)
static void poke(pid_t id, size_t offset, unsigned long value) {
    check(ptrace(PTRACE_POKEUSER, id, (void *)offset, (void *)value), "PTRACE_POKEUSER");
}
#define REGISTER(name) offsetof(struct user, regs.name)
static void skip_call(pid_t id) { poke(id, REGISTER(orig_rax), (unsigned long)-1); }
static void set_result(pid_t id, long result) { poke(id, REGISTER(rax), (unsigned long)result); }
static void set_count(pid_t id, uint64_t count) { poke(id, REGISTER(rdx), count); }
#elif defined(__aarch64__)
static void set_register(pid_t id, int index, uint64_t value) {
    struct user_regs_struct registers;
    struct iovec io = {&registers, sizeof registers};
    check(ptrace(PTRACE_GETREGSET, id, NT_PRSTATUS, &io), "PTRACE_GETREGSET");
    registers.regs[index] = value;
    check(ptrace(PTRACE_SETREGSET, id, NT_PRSTATUS, &io), "PTRACE_SETREGSET");
}
static void skip_call(pid_t id) {
    int none = -1;
    struct iovec io = {&none, sizeof none};
    check(ptrace(PTRACE_SETREGSET, id, NT_ARM_SYSTEM_CALL, &io), "PTRACE_SETREGSET");
}
static void set_result(pid_t id, long result) { set_register(id, 0, (uint64_t)result); }
static void set_count(pid_t id, uint64_t count) { set_register(id, 2, count); }
#else
#error "faults can be injected on x86-64 and AArch64"
#endif

static uint64_t draw(void) { /* xorshift64* */
    plan.seed ^= plan.seed >> 12;
    plan.seed ^= plan.seed << 25;
    plan.seed ^= plan.seed >> 27;
    return plan.seed * 0x2545F4914F6CDD1DULL;
}

/* Copies a slice out of the program's memory, or into it. */
static void copy_slice(pid_t id, uint64_t address, struct iovec *slice, int into) {
    struct iovec here = {slice, sizeof *slice}, there = {(void *)address, sizeof *slice};
    ssize_t copied = into ? process_vm_writev(id, &here, 1, &there, 1, 0) : process_vm_readv(id, &here, 1, &there, 1, 0);
    if (copied != sizeof *slice && !(copied < 0 && errno == ESRCH)) fail("copying a slice");
}

static uint64_t draw_shorter(uint64_t count) {
    uint64_t drawn = draw();
    return drawn % 3 == 0 ? 1 : 1 + (drawn >> 8) % count;
}

static int started;

static void call_begins(pid_t process, pid_t id, const struct __ptrace_syscall_info *info) {
    long number = (long)info->entry.nr;
    const uint64_t *arguments = (const uint64_t *)info->entry.args;
    if (!started && number == SYS_prlimit64 && arguments[1] == RLIMIT_CORE && arguments[2] != 0) started = 1;
    if (!started || number < 0 || number >= NUMBERS_MAX || IS_AMONG(number, NOT_COUNTED)) return;
    long call = ++calls[number];
    struct thread *thread = thread_of(id);
    switch (plan.action) {
    case RECORD:
        break;
    case ERROR: {
        if (number != plan.number || call < plan.call || (plan.once && call > plan.call)) break;
        /* A call that is interrupted is made again: on the second time it passes. */
        if (plan.value == EINTR && (call - plan.call) % 2 == 1) break;
        skip_call(id);
        thread->result_is_set = 1;
        /* What brk(2) gives is no error number, but the end of the data segment, which then has not moved. */
        thread->result = number == SYS_brk ? 0 : -plan.value;
        fired++;
        break;
    }
    case SIGNAL:
        if (number != plan.number || call != plan.call) break;
        fired++;
        if (plan.before)
            kill(process, plan.value);
        else
            thread->signal_after = 1;
        break;
    case SHORT: {
        uint64_t count = arguments[2];
        if (IS_AMONG(number, SHORTENED_SLICES) && count > 0) {
            uint64_t last = draw() % count; /* slices before it are transferred whole, those after it not at all */
            struct iovec slice = {NULL, 0};
            uint64_t address = arguments[1] + last * sizeof slice;
            copy_slice(id, address, &slice, 0);
            if (slice.iov_len < 2) break;
            thread->slice = address;
            thread->slice_was = slice;
            slice.iov_len = draw_shorter(slice.iov_len);
            if (last + 1 == count && slice.iov_len == thread->slice_was.iov_len) {
                thread->slice = 0;
                break;
            }
            copy_slice(id, thread->slice, &slice, 1);
            set_count(id, last + 1);
            thread->count_is_set = 1;
            thread->count = count;
            fired++;
            break;
        }
        if (!IS_AMONG(number, SHORTENED) || count < 2) break;
        uint64_t shorter = draw_shorter(count);
        if (shorter == count) break;
        set_count(id, shorter);
        thread->count_is_set = 1;
        thread->count = count;
        fired++;
        break;
    }
    }
}

static void call_ends(pid_t process, pid_t id) {
    struct thread *thread = thread_of(id);
    if (thread->result_is_set) set_result(id, thread->result);
    if (thread->count_is_set) set_count(id, thread->count);
    if (thread->slice != 0) copy_slice(id, thread->slice, &thread->slice_was, 1);
    if (thread->signal_after) kill(process, plan.value);
    thread->result_is_set = thread->count_is_set = thread->signal_after = 0;
    thread->slice = 0;
}

static void report(const char *path, const char *ended, int value) {
    FILE *file = fopen(path, "we");
    if (file == NULL) fail(path);
    for (long number = 0; number < NUMBERS_MAX; number++)
        if (calls[number] > 0) fprintf(file, "call %s %ld\n", name_of(number), calls[number]);
    fprintf(file, "fired %ld\nended %s %d\n", fired, ended, value);
    if (fclose(file) != 0) fail(path);
}

static const char *next_argument(char ***arguments) {
    if (**arguments == NULL) {
        fprintf(stderr, "inject: an argument is missing\n");
        exit(99);
    }
    return *(*arguments)++;
}

static void parse_plan(char ***arguments) {
    const char *action = next_argument(arguments);
    if (strcmp(action, "record") == 0) {
        plan.action = RECORD;
    } else if (strcmp(action, "short") == 0) {
        plan.action = SHORT;
        plan.seed = strtoull(next_argument(arguments), NULL, 10) * 2 + 1;
    } else if (strcmp(action, "error") == 0) {
        plan.action = ERROR;
        plan.number = number_of(next_argument(arguments));
        plan.call = atol(next_argument(arguments));
        const char *error = next_argument(arguments);
        for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
            if (strcmp(ERRORS[i].name, error) == 0) plan.value = ERRORS[i].number;
        plan.once = strcmp(next_argument(arguments), "once") == 0;
        if (plan.value == 0) errno = EINVAL, fail(error);
    } else if (strcmp(action, "signal") == 0) {
        plan.action = SIGNAL;
        plan.number = number_of(next_argument(arguments));
        plan.call = atol(next_argument(arguments));
        plan.value = atoi(next_argument(arguments));
        plan.before = strcmp(next_argument(arguments), "before") == 0;
    } else {
        errno = EINVAL;
        fail(action);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) errno = EINVAL, fail("arguments");
    char **arguments = argv + 1;
    const char *path = next_argument(&arguments);
    parse_plan(&arguments);

    pid_t process = fork();
    if (process < 0) fail("fork");
    if (process == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(99);
        raise(SIGSTOP);
        /* What starts the tests may ignore signals, and a run ignores those too. */
        signal(SIGHUP, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        execvp(*arguments, arguments);
        _exit(98);
    }
    int status;
    if (waitpid(process, &status, 0) != process || !WIFSTOPPED(status)) fail("ptrace is not permitted here");
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                   PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, process, NULL, (void *)options) != 0) fail("PTRACE_SETOPTIONS");
    thread_of(process);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    alarm(SECONDS_MAX);
    check(ptrace(PTRACE_SYSCALL, process, NULL, NULL), "PTRACE_SYSCALL");

    for (;;) {
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0) {
            if (errno != EINTR) fail("waitpid");
            if (timed_out) kill(process, SIGKILL);
            continue;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            for (size_t i = 0; i < THREADS_MAX; i++)
                if (threads[i].id == id) threads[i].id = 0;
            if (id != process) continue;
            if (timed_out)
                report(path, "timeout", SECONDS_MAX);
            else if (WIFEXITED(status))
                report(path, "exit", WEXITSTATUS(status));
            else
                report(path, "signal", WTERMSIG(status));
            return 0;
        }
        int signal = WSTOPSIG(status), deliver = 0;
        if (signal == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            memset(&info, 0, sizeof info);
            if (ptrace(PTRACE_GET_SYSCALL_INFO, id, (void *)sizeof info, &info) > 0) {
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY) call_begins(process, id, &info);
                if (info.op == PTRACE_SYSCALL_INFO_EXIT) call_ends(process, id);
            } else if (errno != ESRCH) {
                fail("PTRACE_GET_SYSCALL_INFO (Linux 5.3 or newer is needed)");
            }
        } else if (status >> 16 == 0) {
            /* A new thread starts with a stop that is no signal of the program's. */
            int known = 0;
            for (size_t i = 0; i < THREADS_MAX; i++) known |= threads[i].id == id;
            if (known || signal != SIGSTOP) deliver = signal;
        }
        thread_of(id);
        check(ptrace(PTRACE_SYSCALL, id, NULL, (void *)(long)deliver), "PTRACE_SYSCALL");
    }
}
