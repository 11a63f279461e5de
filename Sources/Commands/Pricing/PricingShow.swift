import ArgumentParser
import Foundation
import Pricing
import Report
import Model

/// `ccr-audit pricing show`: what a model costs.
struct PricingShow: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what applies to a model, where it comes from, and what falls back.")

  @Argument(help: "The model, PROVIDER/MODEL.", completion: .models)
  var model: String

  @Option(help: "The end of a day, YYYY-MM-DD, UTC. (default: now)")
  var on: CivilDay?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if ModelID(model) == nil { throw ValidationError("\(Display.text(model)) is not written PROVIDER/MODEL.") }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    guard let model = ModelID(model) else { return }
    let instant = on.map { $0.advanced(by: 1).start(in: .gmt) - 1 } ?? context.now()
    let table = try workspace.prices()
    context.output.write(PricingText.show(model, at: instant, in: table, style: workspace.style))
    if case .unpriced = table.answer(for: model, at: instant, prompt: 0) {
      let offers = table.offers(for: model).map(\.name)
      let lack = table.lack(of: model, as: .none, at: instant)
      throw CommandFailure(
        "\(Display.text(model.description)) has no price", hint: Cure.clause(for: model, lack, offers: offers))
    }
  }
}

/// `ccr-audit pricing list`: what the table holds.
struct PricingList: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the models and plans of the table with their prices.")

  @Option(help: "The end of a day, YYYY-MM-DD, UTC. (default: now)")
  var on: CivilDay?

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let instant = on.map { $0.advanced(by: 1).start(in: .gmt) - 1 } ?? context.now()
    let table = try workspace.prices()
    context.output.write(PricingText.list(table, at: instant, style: workspace.style))
    workspace.notes.note("pricing \(table.version)")
  }
}
