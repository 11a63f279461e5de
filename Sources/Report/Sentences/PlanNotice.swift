package import Audit
package import Model
import Pricing

/// Messages that a plan began to lose money, or that what it includes ends.
package enum PlanNotice {
  /// `ollama-cloud-pro: $12.10 of work at Sonnet 4.6 prices is projected for the month, and the fee is $20.00`.
  package static func line(_ plan: PlanAudit, baseline: ModelID) -> String {
    "\(plan.name): \(Figures.money(between: plan.said(\.projected))) of work at \(ModelTitle.short(baseline)) prices is "
      + (plan.runsInPart ? "what it does in a month at this pace" : "projected for the month")
      + ", and the fee is \(Figures.money(plan.fee))"
  }

  /// `small: 104,128 of 90,000 included tokens are used of the month from 2026-06-01 to 2026-06-30`.
  package static func usedUp(_ plan: PlanAudit) -> String {
    let soFar = plan.monthIsOver ? "" : " so far"
    let cost = plan.overage > .zero ? ", and what is beyond them costs \(Figures.money(plan.overage))\(soFar)" : ""
    return "\(used(plan)) are used of the month from \(plan.month.lowerBound) to \(lastDay(plan))\(cost)"
  }

  package static func willBeUsedUp(_ plan: PlanAudit, on day: CivilDay) -> String {
    "\(used(plan)) are used; at this pace the last one is on \(day), of a month up to \(lastDay(plan))"
  }

  private static func used(_ plan: PlanAudit) -> String {
    "\(plan.name): \(Figures.count(plan.tokens.total)) of \(Figures.count(plan.includedTokens ?? 0)) included tokens"
  }

  private static func lastDay(_ plan: PlanAudit) -> CivilDay { plan.month.upperBound.advanced(by: -1) }
}
