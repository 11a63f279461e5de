package import Model

/// Takes what is due from the outbox to the webhook.
package struct OutboxSender: Sendable {
  private static let attemptsPerRun = 4

  private let transport: any HTTPTransport
  private let url: WebhookURL
  private let now: @Sendable () -> Int64
  private let wait: @Sendable (_ milliseconds: Int64) -> Void
  private let jitter: @Sendable () -> Int

  /// - Parameters:
  ///   - transport: the way out.
  ///   - url: the webhook.
  ///   - now: the clock, epoch milliseconds.
  ///   - wait: sleeps.
  ///   - jitter: a random number from 0 to 1,000.
  package init(
    transport: any HTTPTransport, url: WebhookURL, now: @escaping @Sendable () -> Int64,
    wait: @escaping @Sendable (_ milliseconds: Int64) -> Void, jitter: @escaping @Sendable () -> Int
  ) {
    self.transport = transport
    self.url = url
    self.now = now
    self.wait = wait
    self.jitter = jitter
  }

  /// Sends what is due, those first that wait longest. When the other side cannot be reached or asks to wait, the others
  /// stay for the next run: it would answer them no better. `Retry-After` is waited for where the time allows it.
  /// - Parameters:
  ///   - records: the outbox.
  ///   - deadline: when to stop, epoch milliseconds. An attempt that has begun may end half a minute later at most.
  ///   - store: keeps a record right after its attempt, before the next one begins; so a run that is killed repeats
  ///     at most the message that it was sending.
  /// - Returns: the records that were tried, as they are now.
  /// - Throws: what `store` throws.
  package func flush<Failure: Error>(
    _ records: [OutboxRecord], deadline: Int64, store: (OutboxRecord) throws(Failure) -> Void
  ) throws(Failure) -> [OutboxRecord] {
    let begin = now()
    var changed: [OutboxRecord] = []
    let due = records.filter { $0.isDue(at: begin) }
      .sorted { ($0.nextAttempt, $0.created, $0.id) < ($1.nextAttempt, $1.created, $1.id) }
    for var record in due {
      for attempt in 1... {
        let time = now()
        guard time < deadline else { return changed }
        let seconds = Double(min(deadline - time, 30_000)) / 1000
        let request = HTTPRequest(
          .post(json: record.payload), url, connectTimeout: min(10, seconds), timeout: max(1, seconds))
        let result: Result<HTTPResponse, HTTPFailure>
        do throws(HTTPFailure) {
          result = .success(try transport.send(request))
        } catch {
          result = .failure(error)
        }
        let step = DeliveryPolicy.step(after: record, result, now: now(), jitter: jitter())
        record = record.after(step, at: now())
        try store(record)
        changed.removeAll { $0.id == record.id }
        changed.append(record)
        let next: Int64
        switch step {
        case .retry(let at, _): next = at
        case .uncertain, .untried: return changed
        case .delivered, .final: next = .max
        }
        guard next < .max else { break }
        let asked = (try? result.get())?.headers["retry-after"] != nil
        guard asked, attempt < Self.attemptsPerRun, next < deadline else { return changed }
        wait(max(0, next - now()))
      }
    }
    return changed
  }
}
