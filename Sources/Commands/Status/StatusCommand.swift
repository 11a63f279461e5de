import ArgumentParser
import Foundation
import Ledger
import Model
import Report

/// `ccr-audit status`: how things stand, for a person or a prompt.
struct StatusCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show today, this month, the plans and what waits; --line for a shell's prompt.",
    discussion: """
      Reads the ledger and nothing else, so that a prompt can ask for it. Each amount is what was paid, of what the \
      baseline would have cost for the same tokens.

        tmux:         set -g status-right-length 80
                      set -g status-right '#(ccr-audit status --line --quiet)'
        bash:         PS1='$(ccr-audit status --line --quiet) '$PS1
        zsh:          precmd() { psvar[1]="$(ccr-audit status --line --quiet)" }
                      PROMPT='%1v '$PROMPT
        Claude Code:  "statusLine": {"type": "command", "command": "ccr-audit status --line --quiet"}
      """)

  @Flag(help: "One line.")
  var line = false

  @Option(help: "How it is written.")
  var format: StatusFormat = .text

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    guard try workspace.hasLedger() else {
      // A prompt that is drawn again and again is no place for what to do once.
      throw line && options.quiet ? CommandFailure("") : workspace.noLedger(at: workspace.settings.ledger.value)
    }
    let ledger = try workspace.ledgerToRead()
    let job = try AuditJob(workspace, ledger: ledger)
    let today = CivilDay(milliseconds: context.now(), in: workspace.settings.timeZone.value)
    let notices = NoticeJob(workspace, job)
    let reports = try job.reports(
      [
        (nil, [today, today.firstOfMonth]), (.all, try notices.firstDays(on: today).union([today.firstOfMonth])),
      ], until: today)
    guard let ofToday = reports[0][today], let ofMonth = reports[0][today.firstOfMonth],
      let ofAll = reports[1][today.firstOfMonth]
    else { return }
    let (messages, jobs) = try CommandFailure.ofLedger { () throws(LedgerError) in
      (try ledger.messages(), try ledger.jobs())
    }
    let status = StatusReport(
      today: ofToday, month: ofMonth, all: ofAll, alertsPending: messages.count { $0.state == .pending },
      alertsFailed: messages.count { $0.state == .failed },
      lastIngest: jobs.compactMap(\.succeeded).max(), hasIngested: !jobs.isEmpty,
      budgets: try notices.budgets(on: today, reports[1]), hasWebhook: hasWebhook(workspace))
    switch format {
    case .json: context.output.write(status.json)
    case .text: context.output.write(line ? status.line : status.text(width: workspace.style.width))
    }
  }
}

extension StatusCommand {
  /// Whether messages go anywhere. One that cannot be read was meant to be there.
  private func hasWebhook(_ workspace: Workspace) -> Bool {
    do throws(CommandFailure) { return try DeliveryJob.webhook(workspace) != nil } catch { return true }
  }
}

/// How a status is written.
enum StatusFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
}
