// The few functions of libcurl that a webhook needs, opened when something is sent: linked to the program, libcurl and
// its thirty libraries would be loaded at each start.
#include "ccurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Numbers of libcurl's stable binary interface (curl/curl.h).
enum {
  GLOBAL_ALL = 3,
  OPTION_FILE = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_READ_DATA = 10009,
  OPTION_ERROR_BUFFER = 10010,
  OPTION_USER_AGENT = 10018,
  OPTION_HTTP_HEADER = 10023,
  OPTION_HEADER_DATA = 10029,
  OPTION_POST = 47,
  OPTION_CA_FILE = 10065,
  OPTION_HTTP_VERSION = 84,
  OPTION_CA_FOLDER = 10097,
  OPTION_NO_SIGNAL = 99,
  OPTION_TIMEOUT = 155,
  OPTION_CONNECT_TIMEOUT = 156,
  OPTION_SEEK_DATA = 10168,
  OPTION_NO_PROXY = 10177,
  OPTION_SUPPRESS_CONNECT_HEADERS = 265,
  OPTION_QUICK_EXIT = 322,
  OPTION_WRITE_FUNCTION = 20011,
  OPTION_READ_FUNCTION = 20012,
  OPTION_HEADER_FUNCTION = 20079,
  OPTION_SEEK_FUNCTION = 20167,
  OPTION_POST_SIZE = 30120,
  INFO_RESPONSE_CODE = 0x200002,
  INFO_CONNECT_CODE = 0x200016,
  HTTP_1_1 = 2,
  MAXIMUM_HEAD = 65536,
};

static struct {
  int (*global_init)(long);
  void *(*init)(void);
  int (*setopt)(void *, int, ...);
  int (*perform)(void *);
  int (*getinfo)(void *, int, ...);
  void (*cleanup)(void *);
  void *(*append)(void *, const char *);
  void (*free_list)(void *);
  bool is_open;
} curl;

static void open_library(void) {
  // With OpenSSL as most systems have it, and the builds that some systems have instead.
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof *names; i++) {
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) return;
  const struct {
    void *function;
    const char *name;
  } functions[] = {
      {&curl.global_init, "curl_global_init"}, {&curl.init, "curl_easy_init"},
      {&curl.setopt, "curl_easy_setopt"},      {&curl.perform, "curl_easy_perform"},
      {&curl.getinfo, "curl_easy_getinfo"},    {&curl.cleanup, "curl_easy_cleanup"},
      {&curl.append, "curl_slist_append"},     {&curl.free_list, "curl_slist_free_all"},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(library, functions[i].name);
    if (found == NULL) return;
    memcpy(functions[i].function, &found, sizeof found);
  }
  curl.is_open = curl.global_init(GLOBAL_ALL) == 0;
}

// One transfer under way.
struct transfer {
  const struct ccurl_request *request;
  struct ccurl_answer *answer;
  size_t read;
  bool has_head;
  bool is_interim;
};

static size_t keep_head(char *bytes, size_t size, size_t count, void *data) {
  struct transfer *transfer = data;
  struct ccurl_answer *answer = transfer->answer;
  size_t length = size * count;
  if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    // An interim answer (100, 103) is followed by the real one.
    answer->head_size = 0;
    const char *space = memchr(bytes, ' ', length);
    transfer->is_interim = space != NULL && space + 1 < bytes + length && space[1] == '1';
  } else if (length <= 2 && !transfer->is_interim) {
    transfer->has_head = true;
  }
  // Trailers come after the body and say nothing that counts here.
  if (answer->head_size + length > MAXIMUM_HEAD) return transfer->has_head ? length : 0;
  memcpy(answer->head + answer->head_size, bytes, length);
  answer->head_size += length;
  return length;
}

static size_t keep_body(char *bytes, size_t size, size_t count, void *data) {
  struct transfer *transfer = data;
  struct ccurl_answer *answer = transfer->answer;
  size_t length = size * count;
  size_t room = transfer->request->maximum_body - answer->body_size;
  size_t kept = length < room ? length : room;
  memcpy(answer->body + answer->body_size, bytes, kept);
  answer->body_size += kept;
  // Fewer than came: libcurl ends the transfer.
  return kept;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *data) {
  struct transfer *transfer = data;
  size_t rest = transfer->request->body_size - transfer->read;
  size_t length = size * count < rest ? size * count : rest;
  memcpy(bytes, transfer->request->body + transfer->read, length);
  transfer->read += length;
  if (length > 0) transfer->answer->body_sent = true;
  return length;
}

static int seek_body(void *data, long long offset, int origin) {
  struct transfer *transfer = data;
  if (origin != SEEK_SET || offset < 0 || (size_t)offset > transfer->request->body_size) return 1;
  transfer->read = (size_t)offset;
  return 0;
}

enum ccurl_outcome ccurl_send(const struct ccurl_request *request, struct ccurl_answer *answer) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  memset(answer, 0, sizeof *answer);
  pthread_once(&once, open_library);
  if (!curl.is_open) return CCURL_NO_LIBRARY;

  struct transfer transfer = {.request = request, .answer = answer};
  answer->head = malloc(MAXIMUM_HEAD);
  answer->body = malloc(request->maximum_body + 1);
  void *handle = curl.init();
  void *headers = NULL;
  if (answer->head == NULL || answer->body == NULL || handle == NULL) {
    if (handle != NULL) curl.cleanup(handle);
    return CCURL_NO_MEMORY;
  }

  curl.setopt(handle, OPTION_URL, request->url);
  curl.setopt(handle, OPTION_USER_AGENT, "ccr-audit");
  curl.setopt(handle, OPTION_HTTP_VERSION, (long)HTTP_1_1);
  // Named in full, so that libcurl asks no variables of its own.
  curl.setopt(handle, OPTION_PROXY, request->proxy);
  curl.setopt(handle, OPTION_NO_PROXY, request->no_proxy);
  curl.setopt(handle, OPTION_SUPPRESS_CONNECT_HEADERS, 1L);
  if (request->ca_file != NULL) curl.setopt(handle, OPTION_CA_FILE, request->ca_file);
  if (request->ca_folder != NULL) curl.setopt(handle, OPTION_CA_FOLDER, request->ca_folder);
  curl.setopt(handle, OPTION_NO_SIGNAL, 1L);
  curl.setopt(handle, OPTION_TIMEOUT, request->milliseconds);
  curl.setopt(handle, OPTION_CONNECT_TIMEOUT, request->connect_milliseconds);
  // Where libcurl knows it (7.87): a name server that is silent does not hold the end up.
  curl.setopt(handle, OPTION_QUICK_EXIT, 1L);
  curl.setopt(handle, OPTION_ERROR_BUFFER, answer->problem);
  curl.setopt(handle, OPTION_HEADER_FUNCTION, keep_head);
  curl.setopt(handle, OPTION_HEADER_DATA, &transfer);
  curl.setopt(handle, OPTION_WRITE_FUNCTION, keep_body);
  curl.setopt(handle, OPTION_FILE, &transfer);
  if (request->body != NULL) {
    for (const char **line = request->headers; line != NULL && *line != NULL; line++) {
      headers = curl.append(headers, *line);
    }
    // Else libcurl waits a second for leave to send a long body.
    headers = curl.append(headers, "Expect:");
    curl.setopt(handle, OPTION_POST, 1L);
    curl.setopt(handle, OPTION_POST_SIZE, (long long)request->body_size);
    curl.setopt(handle, OPTION_READ_FUNCTION, give_body);
    curl.setopt(handle, OPTION_READ_DATA, &transfer);
    curl.setopt(handle, OPTION_SEEK_FUNCTION, seek_body);
    curl.setopt(handle, OPTION_SEEK_DATA, &transfer);
    curl.setopt(handle, OPTION_HTTP_HEADER, headers);
  }

  answer->code = curl.perform(handle);
  if (transfer.has_head) curl.getinfo(handle, INFO_RESPONSE_CODE, &answer->status);
  curl.getinfo(handle, INFO_CONNECT_CODE, &answer->proxy_status);
  curl.cleanup(handle);
  if (headers != NULL) curl.free_list(headers);
  return CCURL_DONE;
}

void ccurl_free(struct ccurl_answer *answer) {
  free(answer->head);
  free(answer->body);
  answer->head = NULL;
  answer->body = NULL;
}
