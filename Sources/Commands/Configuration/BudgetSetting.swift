import Audit
import Foundation
import Model
import Pricing
import Yams

extension SettingType<[Budget]> {
  /// Amounts to stay below: `[{amount: 50, per: month, provider: openrouter, warn_at: [80%, 100%]}]`.
  static var budgets: Self {
    SettingType(
      isList: true, isMapping: true,
      schema: .list(
        of: .object(
          [
            ("amount", SettingType<Decimal>.positiveDecimal.schema.described("Dollars.")),
            ("per", .choice(Budget.Period.allCases.map(\.rawValue)).described("How long it lasts.")),
            ("provider", .text().described("Only this provider.")),
            ("model", .text(pattern: "^[^/]+/.+$").described("Only this model, provider/model.")),
            ("plan", .text().described("Only this plan's fee.")),
            ("origin", .text().described("Only what this origin pays by the token, of the ledger or the history.")),
            ("warn_at", SettingType<[Ratio]>.list(of: .growth).schema.described("Shares at which to tell people.")),
          ], required: ["amount", "per"])),
      read: { texts, _ throws(SettingProblem) in
        var budgets: [Budget] = []
        for (index, text) in texts.enumerated() {
          do throws(SettingProblem) {
            budgets.append(try BudgetText(text).budget())
          } catch {
            throw SettingProblem(error.sentence, inEntry: index, of: texts.count)
          }
        }
        return budgets
      }, show: { $0.map(\.text) })
  }
}

/// A budget as it is written in a configuration.
private struct BudgetText {
  private var values: [String: [String]] = [:]

  init(_ text: String) throws(SettingProblem) {
    // As in the configuration itself, values are taken by their text.
    guard let node = try? Yams.compose(yaml: text, .basic), case .mapping(let mapping) = node else {
      throw SettingProblem("it must be keys and values such as {amount: 50, per: month}")
    }
    let known = ["amount", "per", "provider", "model", "plan", "origin", "warn_at"]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard known.contains(name) else {
        throw SettingProblem("\"\(name)\" is none of \(known.joined(separator: ", "))")
      }
      values[name] = value.scalar.map { [$0.string] } ?? value.sequence?.compactMap { $0.scalar?.string } ?? []
    }
  }

  func budget() throws(SettingProblem) -> Budget {
    guard let amount = Money(decimal: try one("amount") ?? ""), amount > .zero else {
      throw SettingProblem("amount must be dollars above 0, such as 50 or 0.50")
    }
    guard let period = Budget.Period(rawValue: try one("per") ?? "") else {
      throw SettingProblem("per must be day, week or month")
    }
    let (provider, model, plan) = (try one("provider"), try one("model"), try one("plan"))
    let origin = try one("origin")
    guard [provider, model, plan, origin].compactMap(\.self).count <= 1 else {
      throw SettingProblem("it can have one of provider, model, plan and origin")
    }
    var subject = Budget.Subject.all
    if let provider { subject = .provider(provider) }
    if let plan { subject = .plan(plan) }
    if let origin { subject = .origin(origin) }
    if let model {
      guard let id = ModelID(model) else { throw SettingProblem("model must be written provider/model") }
      subject = .model(id)
    }
    var warnAt: [Ratio] = []
    for text in values["warn_at"] ?? ["80%", "100%"] {
      let share: Ratio
      do throws(SettingProblem) {
        share = try SettingType<Ratio>.growth.read([text], PathBase(folder: "/", home: "/", variables: nil))
      } catch {
        throw SettingProblem("warn_at \(error.sentence)")
      }
      guard share.millionths > 0 else { throw SettingProblem("warn_at must be above 0") }
      warnAt.append(share)
    }
    return Budget(amount: amount, period: period, subject: subject, warnAt: warnAt)
  }

  private func one(_ name: String) throws(SettingProblem) -> String? {
    guard let texts = values[name] else { return nil }
    guard let text = texts.first, texts.count == 1 else { throw SettingProblem("\(name) must be one value") }
    return text
  }
}

extension Budget {
  /// As it is written in a configuration.
  fileprivate var text: String {
    let subject =
      switch subject {
      case .all: ""
      case .provider(let name): ", provider: \(name)"
      case .model(let model): ", model: \(model)"
      case .plan(let name): ", plan: \(name)"
      case .origin(let name): ", origin: \(name)"
      }
    let shares = warnAt.map { "\(Money(picodollars: Int128($0.millionths) * 1_000_000))" }.joined(separator: ", ")
    return "{amount: \"\(amount)\", per: \(period.rawValue)\(subject), warn_at: [\(shares)]}"
  }
}
