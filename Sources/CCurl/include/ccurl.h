#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

/// What to send, and how. Texts end in a zero byte.
struct ccurl_request {
  const char *url;
  /// `NULL` for a GET.
  const char *body;
  size_t body_size;
  /// The lines of its head beside the usual; `NULL` ends them.
  const char **headers;
  /// As in `https_proxy`; "" for none.
  const char *proxy;
  /// As in `no_proxy`.
  const char *no_proxy;
  /// Certificates to trust instead of the system's; `NULL` for the system's.
  const char *ca_file;
  const char *ca_folder;
  /// Until there is a connection, with TLS.
  long connect_milliseconds;
  /// For all of it.
  long milliseconds;
  /// What is kept of an answer's body; a longer one is cut.
  size_t maximum_body;
};

/// What became of it.
struct ccurl_answer {
  /// libcurl's `CURLcode`; 0 where all went well.
  int code;
  /// libcurl's words for it; they name hosts and addresses at most.
  char problem[256];
  /// The status, once the answer's head has come whole; else 0.
  long status;
  /// The status of a proxy's answer to CONNECT; 0 without one.
  long proxy_status;
  /// Whether libcurl took some of the body to send it.
  bool body_sent;
  /// The head's lines, as they came.
  char *head;
  size_t head_size;
  char *body;
  size_t body_size;
};

/// Why a request cannot be sent with libcurl.
enum ccurl_outcome { CCURL_DONE, CCURL_NO_LIBRARY, CCURL_NO_MEMORY };

/// Sends one request and waits for the answer; redirects are answers. libcurl is opened the first time.
/// Every wait follows the monotonic clock. Safe to call from several threads.
enum ccurl_outcome ccurl_send(const struct ccurl_request *request, struct ccurl_answer *answer);

/// Frees what the answer holds.
void ccurl_free(struct ccurl_answer *answer);

#endif
