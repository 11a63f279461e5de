package import Model
import Report

/// What follows from an attempt.
package enum DeliveryStep: Hashable, Sendable {
  /// It arrived.
  case delivered(word: String)
  /// It did not arrive; to be tried again at that time, epoch milliseconds.
  case retry(at: Int64, word: String)
  /// It may have arrived. To be tried again, because a message twice is better than none.
  case uncertain(retryAt: Int64, word: String)
  /// It did not arrive, and will not.
  case final(word: String)
  /// This machine itself could not send: nothing was tried. To be tried at that time, however often.
  case untried(retryAt: Int64, word: String)

  /// Whether the other side was asked at all.
  package var isAttempt: Bool { if case .untried = self { false } else { true } }

  /// How the attempt ended, in words.
  package var word: String {
    switch self {
    case .delivered(let word), .retry(_, let word), .uncertain(_, let word), .final(let word), .untried(_, let word):
      word
    }
  }
}

/// When to try again, and when to give up: after 12 attempts over at least 3 days, or 4 over 7 days.
package enum DeliveryPolicy {
  /// The most attempts, once `patience` is over: a `Retry-After` of a second must not use them up in one run.
  package static let maximumAttempts = 12
  /// Nothing is given up earlier than this after the record was written, milliseconds.
  package static let patience: Int64 = 3 * 86_400_000
  /// No attempt is planned later than this after the record was written, milliseconds.
  package static let lifetime: Int64 = 7 * 86_400_000
  /// Nothing is given up before so many attempts, however old it is: a machine that slept for a week tried nothing.
  package static let leastAttempts = 4
  /// No delay is longer, whatever the other side asks for, milliseconds.
  package static let longestDelay: Int64 = 86_400_000
  private static let firstDelay: Int64 = 300_000

  /// The step after an attempt.
  /// - Parameters:
  ///   - record: the record as it was before the attempt.
  ///   - result: the answer, or why there is none.
  ///   - now: when the attempt ended, epoch milliseconds.
  ///   - jitter: 0 to 1,000; moves the delay by −20 % to +20 %, so that machines do not knock in step.
  package static func step(
    after record: OutboxRecord, _ result: Result<HTTPResponse, HTTPFailure>, now: Int64, jitter: Int
  ) -> DeliveryStep {
    let backOff = now + delay(afterAttempts: record.attempts + 1, jitter: jitter)
    switch result {
    case .failure(let failure) where failure.kind == .noSender:
      return .untried(retryAt: now + firstDelay, word: failure.description)
    case .failure(let failure):
      if let last = givesUp(record, next: backOff, word: failure.description) { return last }
      return failure.bodySent
        ? .uncertain(retryAt: backOff, word: "\(failure); it may have arrived")
        : .retry(at: backOff, word: failure.description)
    case .success(let response):
      switch response.status {
      case 200...299:
        switch WebhookAnswer(response) {
        case .taken: return .delivered(word: "HTTP \(response.status)")
        case .refused:
          return .final(
            word: "HTTP \(response.status), but the answer says that the message was not taken\(said(by: response))")
        case .page:
          let word =
            "HTTP \(response.status) with a page for people: something between here and the webhook answers in its place"
          return givesUp(record, next: backOff, word: word) ?? .retry(at: backOff, word: word)
        }
      case 300...399:
        return .final(word: "HTTP \(response.status): a redirect, which is not followed; configure the final URL")
      // 408 and 425 say that the request was not processed.
      case 408, 425, 429, 500...599:
        let word = "HTTP \(response.status)\(said(by: response))"
        var next = backOff
        if let asked = RetryAfter.milliseconds(response.headers["retry-after"] ?? "", now: now) {
          next = now + min(max(asked, 1000), longestDelay)
        }
        return givesUp(record, next: next, word: word) ?? .retry(at: next, word: word)
      default: return .final(word: "HTTP \(response.status)\(meaning(of: response.status))\(said(by: response))")
      }
    }
  }

  /// 5 minutes, doubled after each attempt, a day at most.
  static func delay(afterAttempts attempts: Int, jitter: Int) -> Int64 {
    let plain = min(firstDelay << Int64(min(max(attempts - 1, 0), 20)), longestDelay)
    return min(plain * Int64(800 + min(max(jitter, 0), 1000) * 2 / 5) / 1000, longestDelay)
  }

  private static func givesUp(_ record: OutboxRecord, next: Int64, word: String) -> DeliveryStep? {
    let attempts = record.attempts + 1
    let age = next - record.created
    guard attempts >= leastAttempts, age > lifetime || (attempts >= maximumAttempts && age > patience) else {
      return nil
    }
    return .final(word: "\(word); given up after \(Figures.count(attempts, "attempt"))")
  }

  /// Slack's own word for what is wrong (`invalid_payload`, `channel_is_archived`); nothing else of a body is repeated.
  private static func said(by response: HTTPResponse) -> String {
    let isWord =
      (1...60).contains(response.body.count)
      && response.body.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F }
    return isWord ? " (\(String(decoding: response.body, as: UTF8.self)))" : ""
  }

  private static func meaning(of status: Int) -> String {
    switch status {
    case 400: ": the other side does not understand the message"
    case 401, 403: ": the webhook may not post"
    case 404: ": there is no such webhook"
    case 410: ": the webhook or its channel is gone"
    default: ""
    }
  }
}
