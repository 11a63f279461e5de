import ArgumentParser
import Foundation
import Pricing
import Model
import Report

/// `ccr-audit pricing stale`: what should be compared with its source again.
struct PricingStale: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "stale", abstract: "List the prices in force that nobody verified for long.",
    discussion: """
      Prices of your own folder and of the models in the ledger, and the plans that you pay for. Exit codes: 0 there are \
      none; 1 there are some.
      """)

  @Option(help: "For how long: 60d, 8w. (default: 60d)")
  var olderThan: DayCount?

  @Flag(help: "Look at every price and plan of the table.")
  var all = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let limit = CivilDay(milliseconds: context.now(), in: .gmt).advanced(by: -(olderThan?.days ?? 60))
    let used = try all ? nil : workspace.ledgerModels()
    let stale = try workspace.prices().stale(at: context.now(), verifiedBefore: limit, used: used)
    for figure in stale {
      let verified = figure.verified.map { "verified \($0)" } ?? "never verified"
      let source = figure.source.map { ", \(Display.text($0))" } ?? ""
      let lines = "\(Display.text(figure.name)): \(verified)\(source)".wrapped(to: workspace.style.width, hanging: "  ")
      context.output.write(lines.map { $0 + "\n" }.joined())
    }
    guard stale.isEmpty else {
      throw CommandFailure(
        "\(Figures.count(stale.count, "figure")) not verified since \(limit)",
        hint: "compare each with its source and set `verified:`", status: .policy)
    }
  }
}
