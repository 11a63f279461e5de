import ArgumentParser
import Foundation
import Ledger
import Report
import Model

/// `ccr-audit alert`: the messages to people.
struct AlertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alert",
    abstract: "Deliver, list and test the messages about models that are dearer than the baseline.",
    discussion: """
      `ccr-audit run` writes a message when a per-token model costs more than the limit, and sends it to the webhook: \
      the URL stands in CCR_AUDIT_SLACK_WEBHOOK_URL, in systemd's credential slack-webhook-url, or in the file that \
      `slack.webhook_url_file` names (mode 0600). Slack, Mattermost and Discord (its /slack address) take it.
      """,
    subcommands: [AlertFlush.self, AlertList.self, AlertTest.self])
}

/// `ccr-audit alert flush`.
struct AlertFlush: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush", abstract: "Send what waits in the outbox.",
    discussion: "A message that failed for good is tried again with --retry-failed, once the webhook is mended.")

  @Flag(help: "Also try again what failed for good.")
  var retryFailed = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try workspace.existingLedger()
    let outcome = try workspace.locked(ledger) { () throws(CommandFailure) in
      if retryFailed {
        do throws(LedgerError) {
          for message in try ledger.messages() where message.state == .failed {
            try ledger.keep(message.revived(at: context.now()))
          }
        } catch {
          throw CommandFailure(error)
        }
      }
      return try DeliveryJob(workspace, ledger: ledger).flush(.all)
    }
    workspace.notes.note("alerts: \(outcome.words)")
    if outcome.isUnconfigured {
      throw workspace.withoutWebhook("messages wait, and no webhook is configured")
    }
    if !outcome.failed.isEmpty || !outcome.waiting.isEmpty {
      throw CommandFailure("not everything was delivered", hint: "`ccr-audit alert list` shows the outbox")
    }
    try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.messages() }.demandDelivery()
  }
}

/// `ccr-audit alert list`.
struct AlertList: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the messages, and how far each got.")

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let ledger = try workspace.ledgerToRead()
    let messages: [OutboxRecord]
    do throws(LedgerError) {
      messages = try ledger.messages()
    } catch {
      throw CommandFailure(error)
    }
    for message in messages {
      let attempts = Figures.count(message.attempts, "attempt")
      let status = message.lastStatus.map { ": \($0)" } ?? ""
      let line =
        "\(message.id)  \(message.day)  \(message.kind?.rawValue ?? "of another kind")  \(message.state.rawValue), \(attempts)\(status)"
      for line in SafeText.visible(line).wrapped(to: workspace.style.width, hanging: "    ") {
        context.output.write(line + "\n")
      }
    }
    try messages.demandDelivery()
  }
}

extension [OutboxRecord] {
  /// Ends with what nobody will try again by himself.
  fileprivate func demandDelivery() throws(CommandFailure) {
    let failed = count { $0.state == .failed }
    guard failed > 0 else { return }
    throw CommandFailure(
      "\(Figures.count(failed, "message")) could not be delivered",
      hint: "mend the webhook, then `ccr-audit alert flush --retry-failed`")
  }
}

/// `ccr-audit alert test`.
struct AlertTest: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Send a message that is marked as a test.")

  @Flag(help: "Print the message instead of sending it.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let today = CivilDay(milliseconds: context.now(), in: workspace.settings.timeZone.value)
    var message = AlertMessage(
      day: today.description, baselineName: workspace.settings.baseline.value.description,
      baselineDate: today.description, limit: "\(workspace.settings.maxRatio.value)", isTest: true)
    message.origin = workspace.settings.origin.value
    message.reportURL = workspace.settings.reportURL.value
    let payload = SlackMessage(message).json
    if dryRun { return context.output.write(payload + "\n") }
    // Without one, nothing is queued: a test that arrives next week helps nobody.
    guard try DeliveryJob.webhook(workspace) != nil else {
      throw workspace.withoutWebhook("no webhook is configured")
    }
    let ledger = try workspace.ledger()
    let outcome = try workspace.locked(ledger) { () throws(CommandFailure) in
      do throws(LedgerError) {
        _ = try ledger.addTestMessage(payload, day: today, at: context.now())
      } catch {
        throw CommandFailure(error)
      }
      return try DeliveryJob(workspace, ledger: ledger).flush()
    }
    workspace.notes.note("alerts: \(outcome.words)")
    if !outcome.failed.isEmpty || !outcome.waiting.isEmpty { throw CommandFailure("the test did not arrive") }
  }
}

extension Workspace {
  /// Nowhere to send messages to.
  fileprivate func withoutWebhook(_ sentence: String) -> CommandFailure {
    unset(
      sentence,
      hint: "put its URL into CCR_AUDIT_SLACK_WEBHOOK_URL, or into a file of mode 0600 that "
        + "`slack.webhook_url_file` names")
  }
}
