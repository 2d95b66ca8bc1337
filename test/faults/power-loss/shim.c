/*
 * Records what a process does to the files under POWER_LOSS_DIR, in order, with the bytes written and with
 * each sync; or makes the n-th of one kind of call fail. Loaded with LD_PRELOAD. Linux, glibc.
 *
 * POWER_LOSS_DIR   folder to watch
 * POWER_LOSS_LOG   file to record into (optional)
 * FAULT_CALL       write | sync (optional): which calls to count
 * FAULT_AFTER      fail every counted call after so many
 * FAULT_ERRNO      the errno to fail with
 *
 * Record: kind (1 byte), file number (4), offset (8), length (4), then `length` bytes; little-endian.
 * Kinds: N = names a file (bytes are its path inside the folder; offset 1 for a folder), W = write, S = sync, T = truncate to offset,
 * R = rename (bytes are "from\0to"), U = unlink (bytes are the path).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int log_file = -1, ready, fault_call, fault_errno;
static long fault_after = -1, counted;
static char folder[PATH_MAX];
static int32_t number_of[FILES_MAX]; /* file descriptor -> file number, 0 = not watched */
static char *names[FILES_MAX];
static int32_t name_count;

/*
 * Another thread may hold the lock at a fork, and the child has no such thread: it would wait for ever at its
 * first open, and with it the parent, which waits for the child's exec. So a fork waits for the lock. The child
 * is another owner than the thread that took it, so it can't free the lock: it makes it anew.
 */
static void before_fork(void) { pthread_mutex_lock(&lock); }
static void in_parent(void) { pthread_mutex_unlock(&lock); }
static void in_child(void) {
  static const pthread_mutex_t free_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  lock = free_lock;
}
__attribute__((constructor)) static void guard_forks(void) {
  if (pthread_atfork(before_fork, in_parent, in_child)) abort();
}

#define REAL(name, type) static type real_##name; if (!real_##name) real_##name = (type)dlsym(RTLD_NEXT, #name)

static ssize_t raw_write(int fd, const void *bytes, size_t count) {
  typedef ssize_t (*call)(int, const void *, size_t);
  REAL(write, call);
  return real_write(fd, bytes, count);
}

static void start(void) {
  if (ready) return;
  ready = 1;
  const char *dir = getenv("POWER_LOSS_DIR");
  if (!dir || !realpath(dir, folder)) { folder[0] = 0; return; }
  const char *path = getenv("POWER_LOSS_LOG");
  typedef int (*call)(const char *, int, ...);
  REAL(open, call);
  if (path) log_file = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *kind = getenv("FAULT_CALL");
  if (kind) {
    fault_call = kind[0];
    fault_after = atol(getenv("FAULT_AFTER"));
    fault_errno = atoi(getenv("FAULT_ERRNO"));
  }
}

static void put(char kind, int32_t file, int64_t offset, const void *bytes, uint32_t length) {
  if (log_file < 0) return;
  unsigned char head[17];
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &file, 4);
  memcpy(head + 5, &offset, 8);
  memcpy(head + 13, &length, 4);
  if (raw_write(log_file, head, 17) != 17) abort();
  if (length && raw_write(log_file, bytes, length) != (ssize_t)length) abort();
}

/* Whether a counted call of this kind is to fail now. */
static int faulty(char kind) {
  if (fault_after < 0 || fault_call != kind) return 0;
  if (counted++ < fault_after) return 0;
  errno = fault_errno;
  return 1;
}

static const char *inside(const char *path) {
  static char full[PATH_MAX];
  size_t length = strlen(folder);
  if (!length) return NULL;
  if (path[0] == '/') snprintf(full, sizeof full, "%s", path);
  else { if (!getcwd(full, sizeof full)) return NULL; strncat(full, "/", sizeof full - strlen(full) - 1); strncat(full, path, sizeof full - strlen(full) - 1); }
  if (strncmp(full, folder, length) || (full[length] != '/' && full[length] != 0)) return NULL;
  return full[length] ? full + length + 1 : ".";
}

static void watch(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= FILES_MAX) return;
  number_of[fd] = 0;
  const char *name = inside(path);
  if (!name) return;
  int32_t number = 0;
  for (int32_t i = 1; i <= name_count; i++) if (names[i] && !strcmp(names[i], name)) number = i;
  if (!number) {
    if (name_count + 1 >= FILES_MAX) abort();
    number = ++name_count;
    names[number] = strdup(name);
    struct stat about;
    int is_folder = !fstat(fd, &about) && S_ISDIR(about.st_mode);
    put('N', number, is_folder, name, (uint32_t)strlen(name));
  }
  number_of[fd] = number;
  if (flags & O_TRUNC) put('T', number, 0, NULL, 0);
}

static int watched(int fd) { return fd >= 0 && fd < FILES_MAX ? number_of[fd] : 0; }

#define OPEN(name)                                                          \
  int name(const char *path, int flags, ...) {                              \
    typedef int (*call)(const char *, int, ...);                            \
    REAL(name, call);                                                       \
    va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
    pthread_mutex_lock(&lock); start();                                     \
    int fd = real_##name(path, flags, mode);                                \
    int kept = errno; watch(fd, path, flags); errno = kept;                 \
    pthread_mutex_unlock(&lock);                                            \
    return fd;                                                              \
  }
OPEN(open)
OPEN(open64)

int openat(int at, const char *path, int flags, ...) {
  typedef int (*call)(int, const char *, int, ...);
  REAL(openat, call);
  va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more);
  pthread_mutex_lock(&lock); start();
  int fd = real_openat(at, path, flags, mode);
  int kept = errno; if (at == AT_FDCWD) watch(fd, path, flags); errno = kept;
  pthread_mutex_unlock(&lock);
  return fd;
}

int close(int fd) {
  typedef int (*call)(int);
  REAL(close, call);
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < FILES_MAX) number_of[fd] = 0;
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

static ssize_t recorded(int fd, const void *bytes, ssize_t written, off_t offset) {
  int kept = errno;
  if (written > 0) put('W', watched(fd), offset, bytes, (uint32_t)written);
  errno = kept;
  return written;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (!watched(fd)) return raw_write(fd, bytes, count);
  pthread_mutex_lock(&lock);
  ssize_t result = -1;
  if (!faulty('w')) {
    off_t end = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    result = recorded(fd, bytes, raw_write(fd, bytes, count), end);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

#define PWRITE(name, type)                                                  \
  ssize_t name(int fd, const void *bytes, size_t count, type offset) {      \
    typedef ssize_t (*call)(int, const void *, size_t, type);               \
    REAL(name, call);                                                       \
    if (!watched(fd)) return real_##name(fd, bytes, count, offset);         \
    pthread_mutex_lock(&lock);                                              \
    ssize_t result = faulty('w') ? -1 : recorded(fd, bytes, real_##name(fd, bytes, count, offset), offset); \
    pthread_mutex_unlock(&lock);                                            \
    return result;                                                          \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* The store writes nothing with these; if that changes, the recording would have holes. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  typedef ssize_t (*call)(int, const struct iovec *, int);
  REAL(writev, call);
  if (watched(fd)) abort();
  return real_writev(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  typedef ssize_t (*call)(int, const struct iovec *, int, off_t);
  REAL(pwritev, call);
  if (watched(fd)) abort();
  return real_pwritev(fd, parts, count, offset);
}

#define SYNC(name)                                                          \
  int name(int fd) {                                                        \
    typedef int (*call)(int);                                               \
    REAL(name, call);                                                       \
    if (!watched(fd)) return real_##name(fd);                               \
    pthread_mutex_lock(&lock);                                              \
    int result = faulty('s') ? -1 : real_##name(fd);                        \
    int kept = errno; if (!result) put('S', watched(fd), 0, NULL, 0); errno = kept; \
    pthread_mutex_unlock(&lock);                                            \
    return result;                                                          \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, type)                                                \
  int name(int fd, type length) {                                           \
    typedef int (*call)(int, type);                                         \
    REAL(name, call);                                                       \
    if (!watched(fd)) return real_##name(fd, length);                       \
    pthread_mutex_lock(&lock);                                              \
    int result = real_##name(fd, length);                                   \
    int kept = errno; if (!result) put('T', watched(fd), length, NULL, 0); errno = kept; \
    pthread_mutex_unlock(&lock);                                            \
    return result;                                                          \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
  typedef int (*call)(const char *, const char *);
  REAL(rename, call);
  pthread_mutex_lock(&lock); start();
  int result = real_rename(from, to);
  int kept = errno;
  const char *name = inside(from);
  if (!result && name) {
    char both[2 * PATH_MAX];
    int length = snprintf(both, sizeof both, "%s", name) + 1;
    name = inside(to);
    length += snprintf(both + length, sizeof both - (size_t)length, "%s", name ? name : "");
    put('R', 0, 0, both, (uint32_t)length);
    /* The next open of the old name is another file. */
    for (int32_t i = 1; i <= name_count; i++)
      if (names[i] && (!strcmp(names[i], both) || !strcmp(names[i], both + strlen(both) + 1))) names[i][0] = 0;
  }
  errno = kept;
  pthread_mutex_unlock(&lock);
  return result;
}

int unlink(const char *path) {
  typedef int (*call)(const char *);
  REAL(unlink, call);
  pthread_mutex_lock(&lock); start();
  int result = real_unlink(path);
  int kept = errno;
  const char *name = inside(path);
  if (!result && name) {
    put('U', 0, 0, name, (uint32_t)strlen(name));
    for (int32_t i = 1; i <= name_count; i++) if (names[i] && !strcmp(names[i], name)) names[i][0] = 0;
  }
  errno = kept;
  pthread_mutex_unlock(&lock);
  return result;
}
