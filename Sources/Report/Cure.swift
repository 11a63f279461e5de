import Audit
package import Model
package import Pricing

/// What ends a "no price": one command that can be run as it stands, but for figures that only its user can know.
package enum Cure {
  /// - Parameters:
  ///   - lack: why there is no price.
  ///   - offers: the plans on the market that cover the model.
  package static func command(for model: ModelID, _ lack: PriceLack, offers: [String]) -> String {
    /// Behind two dashes, no word is taken for an option.
    func add(_ options: String) -> String {
      let name = argument(model.description)
      return "ccr-audit pricing add "
        + (model.provider.hasPrefix("-") ? "\(options) -- \(name)" : "\(name) \(options)")
    }
    switch lack {
    case .unpaidTime(let plan): return subscribing(to: plan)
    case .mode(let mode): return add("--mode \(argument(mode))=FACTOR")
    case .ownHardware where offers.isEmpty: return add("--free")
    case .perhapsOwnHardware: return add("--free")
    case .price, .ownHardware:
      guard let plan = offers.first else { return add("--input USD --output USD --source PAGE") }
      return subscribing(to: plan)
    }
  }

  /// The command that declares a plan.
  package static func subscribing(to plan: String) -> String { "ccr-audit pricing subscribe \(argument(plan))" }

  /// The clause that a line on a model without a price ends with.
  /// - Parameters:
  ///   - covered: stands for the models that the line names.
  ///   - quote: escapes a name from outside for the format.
  ///   - code: makes a command of it.
  package static func clause(
    for model: ModelID, _ lack: PriceLack, offers: [String], covered: String = "it",
    quote: (String) -> String = SafeText.terminal,
    code: (String) -> String = { $0 }
  ) -> String {
    let command = code(command(for: model, lack, offers: offers))
    switch lack {
    case .unpaidTime(let plan):
      return
        "the plan \(quote(plan)), which covers \(covered), is declared for other days; if it was paid on these, too: "
        + command
    case .mode(let mode): return "what its mode \(quote(mode)) costs, the table does not know: \(command)"
    case .ownHardware where offers.isEmpty:
      return "it runs on hardware of your own, and where that is not to be counted: \(command)"
    case .perhapsOwnHardware: return "if it runs on hardware of your own that is not to be counted: \(command)"
    case .price, .ownHardware:
      guard let plan = offers.first else { return "give it one: \(command)" }
      let others = offers.dropFirst().map(quote).joined(separator: ", ")
      // A server of one's own may only pass work on to the seller of a plan.
      let own =
        lack == .ownHardware
        ? " (else, on hardware of your own, `pricing add --free` leaves it uncounted)" : ""
      return "if you pay for the plan \(quote(plan)), which covers \(covered)"
        + (others.isEmpty ? "" : " (as \(offers.count > 2 ? "do" : "does") \(others))") + own + ": \(command)"
    }
  }

  /// A word of a shell's command line.
  private static func argument(_ text: String) -> String {
    SafeText.shellWord(SafeText.visible(text))
  }
}
