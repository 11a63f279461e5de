/// A message to people in the ledger's outbox. It is written together with the verdict that it reports, and stays
/// after it is sent.
package struct OutboxRecord: Hashable, Sendable {
  /// What a message is about. Raw values stand in the ledger.
  package enum Kind: String, Sendable {
    /// A model is dearer than the baseline.
    case alert
    /// A model is no longer dearer.
    case recovered
    /// A share of a budget is spent.
    case budget
    /// A plan's included tokens end before its month does, or it began to lose money.
    case plan
    /// No request was recorded for long.
    case silent
    /// Somebody asked for it.
    case test
  }

  /// How far it got. Raw values stand in the ledger.
  package enum State: String, Sendable {
    /// To be sent.
    case pending
    /// The other side said that it has it.
    case delivered
    /// Nobody will try again by himself.
    case failed
  }

  /// Its number in the outbox.
  package var id: Int64
  /// The audited day.
  package var day: String
  /// What it is about; `nil` where only a newer program knows.
  package var kind: Kind?
  /// The request's body.
  package var payload: String
  /// How far it got.
  package var state: State
  /// How often it was tried.
  package var attempts: Int
  /// When it is to be tried next, epoch milliseconds.
  package var nextAttempt: Int64
  /// How the last attempt ended, in words; `nil` before the first.
  package var lastStatus: String?
  /// When it was written, epoch milliseconds.
  package var created: Int64

  /// A record as stored.
  package init(
    id: Int64, day: String, kind: Kind?, payload: String, state: State = .pending, attempts: Int = 0,
    nextAttempt: Int64, lastStatus: String? = nil, created: Int64
  ) {
    self.id = id
    self.day = day
    self.kind = kind
    self.payload = payload
    self.state = state
    self.attempts = attempts
    self.nextAttempt = nextAttempt
    self.lastStatus = lastStatus
    self.created = created
  }
}
