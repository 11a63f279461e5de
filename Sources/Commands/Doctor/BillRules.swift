import Foundation
import Model
import Report

/// Providers whose bill would show what is charged, and measure what no record does.
extension Doctor {
  /// After how many days a bill is worth asking for again.
  private static let billAge = 35
  /// How many models are named.
  private static let shownModels = 3

  func billFindings() -> [Finding] {
    let today = CivilDay(milliseconds: facts.now, in: .gmt)
    return (facts.ledger?.billed ?? []).map { billed in
      let provider = billed.provider
      if let last = billed.lastBill, last >= today.advanced(by: -Self.billAge) {
        return Finding(
          severity: .fine, id: "bill", what: "\(provider): the bill through \(last) was compared",
          why: "It shows what was charged, whatever the records say.")
      }
      let unmeasured =
        billed.unmeasured == 0
        ? ""
        : " It holds what \(billed.unmeasured) of \(Figures.count(billed.requests, "request")) cost, which no record read "
          + "so far tells: those to \(Self.names(billed.unmeasuredModels))."
      return Finding(
        severity: .advice, id: "bill",
        what: "\(provider): "
          + (billed.lastBill.map { "the last bill that was compared ends on \($0)" }
            ?? "no bill was ever compared" + (billed.lastTokens == nil ? "" : " that names money"))
          + (billed.lastTokens.map { "; one of tokens alone ends on \($0)" } ?? ""),
        why: "A bill finds wrong prices and requests that went past the router.\(unmeasured)",
        change: "download it: \(billed.export)\nthen: ccr-audit reconcile FILE… --record")
    }
  }

  private static func names(_ models: [String]) -> String {
    let rest = models.count - shownModels
    return models.prefix(shownModels).map { SafeText.terminal($0) }.joined(separator: ", ")
      + (rest > 0 ? " and \(rest) more" : "")
  }
}
