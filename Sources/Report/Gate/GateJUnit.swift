package import Audit
import Model

/// A check as a JUnit report: a test case for each model, and one for what concerns all of them.
package enum GateJUnit {
  package static func text(_ gate: Gate) -> String {
    let cases = gate.rows.map { testCase($0, gate) } + gate.demands.map(testCase) + [wholeCase(gate)]
    let failures = gate.rows.count(where: \.isViolation) + gate.demands.count(where: \.isViolation)
    let skipped = gate.rows.count { isSkipped($0.status) }
    let errors = gate.obstacles.isEmpty ? 0 : 1
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
    let instant = ISOTime.text(gate.report.generatedAt).prefix(19)
    let lines =
      [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<testsuites>",
        "  <testsuite name=\"ccr-audit check\" package=\"ccr-audit\" id=\"0\" \(counts) skipped=\"\(skipped)\" "
          + "timestamp=\"\(instant)\" hostname=\"localhost\" time=\"0\">",
        "    <properties/>",
      ] + cases + ["    <system-out/>", "    <system-err/>", "  </testsuite>", "</testsuites>"]
    return lines.map { $0 + "\n" }.joined()
  }

  private static func isSkipped(_ status: GateRow.Status) -> Bool {
    switch status {
    case .passed, .aboveLimit, .aboveLimitBefore, .increased, .plan, .free: false
    case .tooLittle, .splitUnknown, .unmeasured, .unpriced, .baselineUnpriced: true
    }
  }

  private static func testCase(_ row: GateRow, _ gate: Gate) -> String {
    var alone = gate
    alone.rows = [row]
    alone.obstacles = []
    alone.demands = []
    alone.comparison = .none
    alone.report.plans = []
    let name = row.audited.key.model.description + (row.audited.key.billing.plan.map { " (\($0))" } ?? "")
    let message = GateMessage.all(of: alone).first?.text
    var inner: String?
    if row.isViolation {
      inner = "<failure message=\"\(escaped(message ?? ""))\" type=\"\(row.status.rawValue)\"/>"
    } else if isSkipped(row.status) {
      inner = message.map { "<skipped message=\"\(escaped($0))\"/>" } ?? "<skipped/>"
    }
    return element(name, inner)
  }

  private static func testCase(_ demand: GateDemand) -> String {
    let (name, type) =
      switch demand {
      case .budget(let state): ("budget: \(state.budget.name)\(state.hasEnded ? ", ended" : "")", "budget_exceeded")
      case .reconciled(let provider, _, _): ("reconciled: \(provider)", "not_reconciled")
      }
    let message = GateMessage.message(on: demand, SafeText.terminal) { $0 }
    return element(name, message.map { "<failure message=\"\(escaped($0.text))\" type=\"\(type)\"/>" })
  }

  private static func wholeCase(_ gate: Gate) -> String {
    var whole = gate
    whole.rows = []
    whole.demands = []
    let messages = GateMessage.all(of: whole).filter { $0.level == .error }.map(\.text).joined(separator: "; ")
    return element(
      "can be judged", gate.obstacles.isEmpty ? nil : "<error message=\"\(escaped(messages))\" type=\"unjudged\"/>")
  }

  private static func element(_ name: String, _ inner: String?) -> String {
    let start = "    <testcase name=\"\(escaped(SafeText.terminal(name)))\" classname=\"ccr-audit.check\" time=\"0\""
    return inner.map { "\(start)>\($0)</testcase>" } ?? start + "/>"
  }

  /// For an attribute. Characters that XML cannot hold are gone before: `SafeText` writes them out.
  private static func escaped(_ text: String) -> String {
    SafeText.escaping(SafeText.escaped(text)) { $0 == "\"" ? "&quot;" : nil }
  }
}
