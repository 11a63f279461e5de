import Foundation
import ArgumentParser
import Audit
import Ledger
import Model
package import Pricing
import Report

/// `ccr-audit pricing subscribe`: a plan that is paid for.
struct PricingSubscribe: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "subscribe", abstract: "Say that you pay for a plan.",
    discussion: """
      A plan costs nothing and covers nothing until somebody says that it is paid. This writes a line into your own \
      pricing folder; `subscriptions` of the configuration say the same. `pricing list` names the plans. Without --from \
      it starts on the day of the first request in the ledger that the plan covers, else today: give the day on which it \
      really began.

        ccr-audit pricing subscribe ollama-cloud-pro --from 2026-06-01
      """)

  @Argument(help: "The plan's name.", completion: .plans)
  var plan: String

  @Option(help: "The first day that is paid for. (default: the first request that it covers)")
  var from: CivilDay?

  @Option(help: "The last day that is paid for. (default: it still runs)")
  var until: CivilDay?

  @Option(help: "For how many people. (default: as many as the plan says)")
  var seats: Int?

  @Option(help: "USD a month and seat, where that is not the plan's own fee.")
  var fee: Money?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let seats, seats < 1 { throw ValidationError("--seats is at least 1.") }
    if let from, let until, until < from { throw ValidationError("--until is before --from.") }
    if let fee, fee < .zero { throw ValidationError("--fee is not negative.") }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let today = CivilDay(milliseconds: context.now(), in: .gmt)
    let prices = try workspace.prices(beforeFirstFile: true)
    try requireOffer(prices, on: today)
    var start = from
    if start == nil { start = try firstCoveredDay(workspace) }
    if let paid = prices.plans.first(where: { $0.name == plan }),
      paid.isRunning(at: (start ?? today).start(in: .gmt))
    {
      context.output.write("\(Display.text(plan)) is paid on \(start ?? today) already\n")
      if from == nil {
        workspace.notes.note("of days before: `\(Cure.subscribing(to: plan)) --from DAY`")
      }
      return
    }
    // Where it is paid from a later day on, what is said now is of the days before.
    let next = prices.subscriptions.filter { $0.plan == plan && $0.from > start ?? today }.map(\.from).min()
    let subscription = Subscription(
      plan: plan, from: start ?? today, until: until ?? next?.advanced(by: -1), seats: seats, fee: fee)
    var files = try workspace.ownPricingFiles()
    let file: PricingFile
    do throws(ImportFault) {
      file = try subscription.written(into: &files, folder: workspace.ownPricingFolder)
    } catch {
      throw CommandFailure("\(Display.text(plan)) \(error)")
    }
    let table = try CommandFailure.ofPricing { [files] () throws(PricingError) in
      try PriceTable.load(files: files, over: workspace.catalogue)
    }
    // What the configuration says has to go with it.
    _ = try workspace.complete(table)
    try workspace.write(file)
    context.output.write("subscribed: \(Display.text(subscription.description)), in \(file.name)\n")
  }

  /// A plan that nobody sells is a slip of the pen, of which no file is at fault.
  private func requireOffer(_ table: PriceTable, on day: CivilDay) throws(CommandFailure) {
    guard !table.offers.contains(where: { $0.name == plan }) else { return }
    do throws(PricingError) {
      _ = try table.subscribing(to: [Subscription(plan: plan, from: day)])
    } catch .invalid(let findings) {
      throw CommandFailure(findings.map(\.message).joined(separator: "; "))
    } catch {
      throw CommandFailure("\(error)")
    }
  }

  private func firstCoveredDay(_ workspace: Workspace) throws(CommandFailure) -> CivilDay? {
    let prices = try workspace.prices(beforeFirstFile: true)
    return try workspace.ledgerTraffic().filter { slice in
      prices.offers(for: slice.model, as: slice.variant).contains { $0.name == plan }
    }.map(\.day).min()
  }
}

extension Money: ExpressibleByArgument {
  /// Reads USD.
  package init?(argument: String) { self.init(decimal: argument) }
}
