/*
 * Loaded before the C library, it lets the disk below the folder DISK_FOLDER fail while the file DISK_ORDER is there, as it says there:
 *   flush       what is written is not brought to the disk, and keys cannot be read
 *   read-only   nothing is written; what was open then cannot be written any more, as where a file system failed and was mounted anew
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char gone[1 << 16]; /* by the number of the open file */

static char order(void) {
  const char *path = getenv("DISK_ORDER");
  char first = 0;
  int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) : -1;
  if (fd < 0) return 0;
  if (syscall(SYS_read, fd, &first, 1) != 1) first = 0;
  syscall(SYS_close, fd);
  return first;
}

static int below(const char *path) {
  const char *folder = getenv("DISK_FOLDER");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* The error of a write or a flush; 0 where it is done. */
static int fault(int fd, int flush) {
  char link[64], path[4096];
  int size, kept = errno;
  char how = order();
  if (fd < 0 || fd >= (int)sizeof gone) return 0;
  if (gone[fd]) return EIO;
  if (!how) return errno = kept, 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  size = (int)readlink(link, path, sizeof path - 1);
  errno = kept;
  if (size < 0) return 0;
  path[size] = 0;
  if (!below(path)) return 0;
  if (how == 'f') return flush ? EIO : 0;
  gone[fd] = 1;
  return EROFS;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define UNLESS_FAULT(fd, flush, call) \
  do { \
    int error = fault(fd, flush); \
    if (error) return errno = error, -1; \
    return call; \
  } while (0)

int fsync(int fd) { UNLESS_FAULT(fd, 1, NEXT(fsync)(fd)); }
int fdatasync(int fd) { UNLESS_FAULT(fd, 1, NEXT(fdatasync)(fd)); }
ssize_t write(int fd, const void *bytes, size_t size) { UNLESS_FAULT(fd, 0, NEXT(write)(fd, bytes, size)); }
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { UNLESS_FAULT(fd, 0, NEXT(pwrite)(fd, bytes, size, at)); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { UNLESS_FAULT(fd, 0, NEXT(pwrite64)(fd, bytes, size, at)); }
int ftruncate(int fd, off_t size) { UNLESS_FAULT(fd, 0, NEXT(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) { UNLESS_FAULT(fd, 0, NEXT(ftruncate64)(fd, size)); }

static int opened(int (*next)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int fd;
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && below(path) && order() == 'r') return errno = EROFS, -1;
  if (below(path) && strstr(path, "/keys/") && order() == 'f') return errno = EIO, -1;
  fd = next(path, flags, mode);
  if (fd >= 0 && fd < (int)sizeof gone) gone[fd] = 0;
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return opened(NEXT(name), path, flags, mode); \
  }
OPEN(open)
OPEN(open64)
