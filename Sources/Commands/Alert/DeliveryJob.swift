import Audit
import Foundation
import Ledger
import Model
import Report

/// Taking what is due from the outbox to the webhook, as `run`, `ingest` and `alert flush` do it.
struct DeliveryJob {
  private let workspace: Workspace
  private let ledger: LedgerFile

  init(_ workspace: Workspace, ledger: LedgerFile) {
    self.workspace = workspace
    self.ledger = ledger
  }

  /// How an attempt to empty the outbox went.
  struct Outcome {
    var delivered = 0
    /// Messages that wait for a later run, with the last word about each.
    var waiting: [String] = []
    /// When the first of those is tried again, epoch milliseconds.
    var retry: Int64?
    /// Messages that nobody will try again by himself.
    var failed: [String] = []
    /// How many messages were refused for good before, were not tried now, and still matter.
    var refused = 0
    /// How many messages were due and not tried, because the other side did not answer those before them.
    var untried = 0
    /// How many messages were not due, and when the first of them is, epoch milliseconds.
    var later = 0
    var next: Int64?
    /// What became of the last attempt at those.
    var reasons: Set<String> = []
    /// Whether nobody configured a webhook.
    var isUnconfigured = false
    /// How many messages wait that were tried, when there was a webhook.
    var orphans = 0

    var words: String {
      if isUnconfigured {
        let tried = orphans > 0 ? "\(Figures.count(orphans, "message")) waiting after a failed attempt, and " : ""
        return "\(tried)no webhook is configured"
      }
      var parts = ["\(delivered) delivered"]
      if !waiting.isEmpty {
        let until = retry.map { " until \(ISOTime.second($0))" } ?? ""
        parts.append("\(waiting.count) waiting\(until) (\(waiting.joined(separator: "; ")))")
      }
      if !failed.isEmpty { parts.append("\(failed.count) failed (\(failed.joined(separator: "; ")))") }
      if untried > 0 { parts.append("\(untried) not tried after that") }
      if later > 0, let next {
        let why = reasons.isEmpty ? "" : " (\(reasons.sorted().joined(separator: "; ")))"
        parts.append("\(later) not due before \(ISOTime.second(next))\(why)")
      }
      return parts.joined(separator: ", ")
    }
  }

  /// The webhook; `nil` where nobody configured any.
  static func webhook(_ workspace: Workspace) throws(CommandFailure) -> WebhookURL? {
    let source = WebhookSource(environment: workspace.context.environment, file: workspace.settings.webhookFile.value)
    do throws(DeliveryError) {
      return try source.load()
    } catch {
      throw CommandFailure(error)
    }
  }

  /// What is sent.
  enum Choice {
    /// What is due.
    case due
    /// What is due, and once more what was refused for good and still matters.
    case dueAndRefused
    /// All that waits, whatever the plan: somebody asks for it.
    case all
  }

  /// Sends messages.
  /// - Parameter seconds: when to stop waiting for the other side.
  func flush(_ choice: Choice = .due, seconds: Int64 = 60) throws(CommandFailure) -> Outcome {
    let context = workspace.context
    let stored = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.messages() }
    let now = context.now()
    let today = CivilDay(milliseconds: now, in: workspace.settings.timeZone.value)
    let due = stored.compactMap { message -> OutboxRecord? in
      if choice == .dueAndRefused, message.stillMatters(today: today) { return message.revived(at: now) }
      guard message.state == .pending else { return nil }
      var message = message
      if choice == .all { message.nextAttempt = min(message.nextAttempt, now) }
      return message
    }
    let refused = choice == .dueAndRefused ? 0 : stored.count { $0.stillMatters(today: today) }
    guard !due.isEmpty else { return Outcome(refused: refused) }
    let url = try Self.webhook(workspace)
    guard let url else {
      return Outcome(refused: refused, isUnconfigured: true, orphans: due.count { $0.attempts > 0 })
    }
    let sender = OutboxSender(
      transport: context.transport, url: url, now: context.now, wait: context.wait,
      jitter: { Int.random(in: 0...1000) })
    let changed: [OutboxRecord]
    do throws(LedgerError) {
      changed = try sender.flush(due, deadline: context.now() + seconds * 1000) {
        (record) throws(LedgerError) in try ledger.keep(record)
      }
    } catch {
      throw CommandFailure(error)
    }
    var outcome = Outcome(refused: refused)
    let tried = Set(changed.map(\.id))
    let later = due.filter { !tried.contains($0.id) && $0.nextAttempt > now }
    outcome.untried = due.count { !tried.contains($0.id) } - later.count
    (outcome.later, outcome.next) = (later.count, later.map(\.nextAttempt).min())
    outcome.reasons = Set(later.compactMap(\.lastStatus))
    for record in changed {
      switch record.state {
      case .delivered: outcome.delivered += 1
      case .pending:
        outcome.waiting.append(record.lastStatus ?? "")
        outcome.retry = min(outcome.retry ?? .max, record.nextAttempt)
      case .failed: outcome.failed.append(record.lastStatus ?? "")
      }
    }
    return outcome
  }
}
