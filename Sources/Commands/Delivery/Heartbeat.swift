/// Tells a watchdog that the run went well (healthchecks.io and its kind): when the call stays away, it raises the alarm.
package enum Heartbeat {
  /// Gets the URL once.
  /// - Returns: a warning for people where that did not work, without the URL.
  package static func send(to url: WebhookURL, over transport: any HTTPTransport) -> String? {
    do throws(HTTPFailure) {
      let response = try transport.send(HTTPRequest(.get, url, connectTimeout: 5, timeout: 10))
      return (200...299).contains(response.status)
        ? nil : "the heartbeat was answered with HTTP \(response.status)"
    } catch {
      return "the heartbeat could not be sent: \(error)"
    }
  }
}
