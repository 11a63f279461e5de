import Pricing
import Model

extension ClaimedCost {
  /// Adds claims to rows that are grouped by source.
  static func add(of slices: [PricedSlice], to rows: inout [AuditRow]) {
    var sums: [RowKey: ClaimedCost] = [:]
    for priced in slices {
      guard let claim = priced.slice.claim else { continue }
      let audited: Money? =
        switch priced.billing {
        case .plan, .free: .zero
        case .perToken: priced.slice.counts.measured == priced.slice.counts.requests ? priced.cost : nil
        case .unpriced: nil
        }
      let key = RowKey(priced.slice, by: .source, billing: priced.billing)
      var sum = sums[key] ?? ClaimedCost(requests: 0, claimed: .zero, audited: .zero)
      sum.requests += priced.slice.counts.requests
      sum.claimed += Money(picodollars: claim)
      sum.audited = sum.audited.flatMap { known in audited.map { known + $0 } }
      sums[key] = sum
    }
    for index in rows.indices { rows[index].claimed = sums[rows[index].key] }
  }
}
