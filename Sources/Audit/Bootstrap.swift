import Model
import Pricing

/// A request that can be estimated.
struct PendingEstimate {
  var request: UnmeasuredRequest
  var promptBytes: Int64
  var answerBytes: Int64
  /// The estimate.
  var tokens: TokenUsage
  /// Whose like it is estimated by; `nil` for the model as a whole.
  var kind: RequestKind?
  /// The estimate's price, which all draws share.
  var priced: PricedSlice

  /// An order of values alone.
  var order: (Int64, Int64, Int64, Int64, String) {
    (request.session ?? -1, promptBytes, answerBytes, request.slice.time, request.slice.route.rawValue)
  }
}

extension PricedSlice {
  /// What counts in the sum at the baseline's rates: that of models that have a price.
  var comparable: Money? { billing == .unpriced ? nil : baselineCost }
}

/// How far an estimated sum may be off, by drawing again and again what its requests can have been.
///
/// Requests of a session are alike, and sessions differ: in tokens a byte and in what caches served. Each draw therefore
/// takes the measured sessions anew, as many as there are and with replacement. The requests of a session that has
/// measured ones itself are then drawn from these, again with replacement, and those of any other session from one drawn
/// session: each as the donor of about its size has it, tokens a byte and cache split together. The interval lies between
/// the 5th and the 95th percentile of the sums.
struct Bootstrap {
  /// What a model's requests cost in each draw.
  struct Draws {
    var costs: [Money]
    var baselineCosts: [Money]

    static func + (left: Draws, right: Draws) -> Draws {
      Draws(
        costs: zip(left.costs, right.costs).map(+),
        baselineCosts: zip(left.baselineCosts, right.baselineCosts).map(+))
    }

    var costInterval: ClosedRange<Money> { Self.interval(costs) }
    var baselineInterval: ClosedRange<Money> { Self.interval(baselineCosts) }

    private static func interval(_ sums: [Money]) -> ClosedRange<Money> {
      let sorted = sums.sorted()
      let cut = sorted.count / 20
      return sorted[cut]...sorted[sorted.count - 1 - cut]
    }
  }

  /// How many draws.
  static let count = 200
  /// How many measured requests a session must have for those of its own to stand for the others.
  private static let ownRequests = 5
  /// How many sessions it takes to tell how far sessions differ.
  static let minimumSessions = 8

  private let pools: [RequestKind?: Pool]

  init(pools: [RequestKind?: [Donor]]) { self.pools = pools.mapValues(Pool.init) }

  /// Parts requests into those for which there are enough sessions, and those for which there are not.
  func divided(
    _ requests: [PendingEstimate]
  ) -> (borne: [PendingEstimate], refused: [(PendingEstimate, CalibrationRefusal)]) {
    var (borne, refused): ([PendingEstimate], [(PendingEstimate, CalibrationRefusal)]) = ([], [])
    for request in requests.sorted(by: { $0.order < $1.order }) {
      let pool = pools[request.kind] ?? Pool([])
      if pool.sessions.count >= Self.minimumSessions || pool.own(request.request.session) != nil {
        borne.append(request)
      } else {
        refused.append((request, .tooFewSessions(pool.sessions.count)))
      }
    }
    return (borne, refused)
  }

  /// - Parameter requests: in their order; not empty.
  func draws(_ requests: [PendingEstimate]) -> Draws {
    // The same requests give the same interval.
    var chance = SplitMix(state: 0x5EED)
    var draws = Draws(costs: [], baselineCosts: [])
    let sessions = runs(requests)
    for _ in 0..<Self.count {
      var (cost, baselineCost) = (Money.zero, Money.zero)
      let drawn = pools.mapValues { $0.drawn(&chance) }
      for session in sessions {
        guard let first = session.first, let pool = pools[first.kind], let again = drawn[first.kind] else { continue }
        let donors: [Donor]
        if let own = pool.own(first.request.session) {
          donors = own.indices.map { _ in own[Int.random(in: own.indices, using: &chance)] }.sorted {
            $0.order < $1.order
          }
        } else {
          donors = again.sessions[Int.random(in: again.sessions.indices, using: &chance)]
        }
        for request in session {
          guard
            let donor = Self.donor(for: request.promptBytes, of: donors, &chance)
              ?? Self.donor(for: request.promptBytes, of: again.all, &chance) ?? again.all.randomElement(using: &chance)
          else { continue }
          let tokens = donor.tokens(promptBytes: request.promptBytes, answerBytes: request.answerBytes)
          let priced = request.priced
          cost += priced.rates?.cost(of: tokens) ?? .zero
          if priced.billing != .unpriced { baselineCost += priced.baselineRates?.cost(of: tokens) ?? .zero }
        }
      }
      draws.costs.append(cost)
      draws.baselineCosts.append(baselineCost)
    }
    return draws
  }

  /// Requests of one session and kind; one without a session stands alone.
  private func runs(_ requests: [PendingEstimate]) -> [[PendingEstimate]] {
    struct Key: Hashable {
      var session: Int64?
      var kind: RequestKind?
    }
    var places: [Key: Int] = [:]
    var runs: [[PendingEstimate]] = []
    for request in requests {
      let key = Key(session: request.request.session, kind: request.kind)
      if key.session != nil, let place = places[key] {
        runs[place].append(request)
      } else {
        places[key] = runs.count
        runs.append([request])
      }
    }
    return runs
  }

  /// One of the three donors that are nearest in size, unless that is less than half or more than twice.
  /// - Parameter donors: by size.
  private static func donor(for bytes: Int64, of donors: [Donor], _ chance: inout SplitMix) -> Donor? {
    var (low, high) = (0, donors.count)
    while low < high {
      let middle = (low + high) / 2
      if donors[middle].promptBytes < bytes { low = middle + 1 } else { high = middle }
    }
    let near = (low - 1...low + 1).filter {
      donors.indices.contains($0) && donors[$0].promptBytes / 2 <= bytes && bytes / 2 <= donors[$0].promptBytes
    }
    return near.randomElement(using: &chance).map { donors[$0] }
  }

  /// Measured requests that are alike, by session.
  private struct Pool {
    /// The donors of each session, by size.
    var sessions: [[Donor]]
    /// Which of them is a session's.
    var places: [Int64: Int] = [:]

    init(_ donors: [Donor]) {
      sessions = []
      for donor in donors.sorted(by: { $0.order < $1.order }) {
        guard let session = donor.session, let place = places[session] else {
          if let session = donor.session { places[session] = sessions.count }
          sessions.append([donor])
          continue
        }
        sessions[place].append(donor)
      }
    }

    /// The donors of a session, where they are enough to stand for the rest of it.
    func own(_ session: Int64?) -> [Donor]? {
      session.flatMap { places[$0] }.map { sessions[$0] }.flatMap { $0.count >= Bootstrap.ownRequests ? $0 : nil }
    }

    /// As many sessions, drawn with replacement, and their donors together, by size.
    func drawn(_ chance: inout SplitMix) -> (sessions: [[Donor]], all: [Donor]) {
      let drawn = sessions.indices.map { _ in sessions[Int.random(in: sessions.indices, using: &chance)] }
      return (drawn, drawn.flatMap(\.self).sorted { $0.promptBytes < $1.promptBytes })
    }
  }
}

/// Numbers that are random and the same in every run: SplitMix64, https://prng.di.unimi.it/splitmix64.c
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
