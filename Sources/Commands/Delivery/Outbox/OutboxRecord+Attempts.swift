package import Model

extension OutboxRecord {
  /// Whether it is to be tried now. A time further away than any delay means that the clock was set back since.
  /// - Parameter now: epoch milliseconds.
  package func isDue(at now: Int64) -> Bool {
    state == .pending && (nextAttempt <= now || nextAttempt > now + DeliveryPolicy.longestDelay)
  }

  /// The record after an attempt.
  /// - Parameter now: when the attempt ended, epoch milliseconds.
  package func after(_ step: DeliveryStep, at now: Int64) -> OutboxRecord {
    var record = self
    if step.isAttempt { record.attempts += 1 }
    record.lastStatus = step.word
    record.nextAttempt = now
    switch step {
    case .delivered: record.state = .delivered
    case .final: record.state = .failed
    case .retry(let at, _), .uncertain(let at, _), .untried(let at, _): record.nextAttempt = at
    }
    return record
  }

  /// Whether a record that failed for good still matters, should the webhook have been mended since: a message about a
  /// model, of the last week.
  package func stillMatters(today: CivilDay) -> Bool {
    guard state == .failed, kind != .test, let day = CivilDay(day) else { return false }
    return day <= today && day >= today.advanced(by: -7)
  }

  /// A failed record that is to be tried again, from the beginning: for the user who has mended the webhook.
  /// - Parameter now: epoch milliseconds.
  package func revived(at now: Int64) -> OutboxRecord {
    guard state == .failed else { return self }
    var record = self
    record.state = .pending
    record.attempts = 0
    record.nextAttempt = now
    record.created = now
    return record
  }
}
