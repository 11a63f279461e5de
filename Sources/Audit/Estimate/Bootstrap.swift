import Model
import Pricing

/// A request that can be estimated.
struct PendingEstimate {
  var request: UnmeasuredRequest
  var promptBytes: Int64
  var answerBytes: Int64
  var tokens: TokenUsage
  /// Whose like it is estimated by; `nil` for the model as a whole.
  var kind: RequestKind?
  /// The estimate's price, which all draws share.
  var priced: PricedSlice

  /// What tokens of this request cost by the token; nothing where a plan pays, or there is no price.
  func cost(of tokens: TokenUsage) -> Money { priced.rates?.cost(of: tokens) ?? .zero }

  /// What they cost at the baseline's rates, where the model has a price.
  func baselineCost(of tokens: TokenUsage) -> Money {
    priced.billing == .unpriced ? .zero : priced.baselineRates?.cost(of: tokens) ?? .zero
  }

  /// An order of values alone.
  var order: (Int64, Int64, Int64, Int64, String) {
    (request.session ?? -1, promptBytes, answerBytes, request.slice.time, request.slice.route.rawValue)
  }
}

/// How far an estimated sum may be off, by drawing again and again what its requests can have been.
///
/// Requests of a session are alike, and sessions differ: in tokens a byte and in what caches served. Each draw therefore
/// draws as many measured sessions as there are, with replacement. A request whose own session has measured
/// ones of about its size is drawn from these, again with replacement, and any other from one drawn session: as its donor
/// has it, tokens a byte and cache split together. As draws of `n` sessions scatter by less than sessions do, those are
/// spread by √((n + 1) ÷ (n − 1)). The interval lies between the 4th and the 96th percentile of the sums, which comes to
/// 90 % in simulated worlds; it always holds the estimate.
struct Bootstrap {
  /// What requests cost in each draw, and as they are estimated.
  struct Draws {
    var cost: Sums
    var baselineCost: Sums

    static func + (left: Draws, right: Draws) -> Draws {
      Draws(cost: left.cost + right.cost, baselineCost: left.baselineCost + right.baselineCost)
    }
  }

  /// A sum in each draw.
  struct Sums {
    var drawn: [Money] = []
    var estimate: Money

    var interval: ClosedRange<Money> {
      let (low, high) = ends
      return min(low, estimate)...max(high, estimate)
    }

    /// Whether the estimate lies far off what the draws say.
    var isOff: Bool {
      let (low, high) = ends
      let middle = drawn.sorted()[drawn.count / 2]
      return max(estimate, middle) - min(estimate, middle) > (high - low) + (high - low)
    }

    private var ends: (Money, Money) {
      let sorted = drawn.sorted()
      let cut = sorted.count / 25
      return (sorted[cut], sorted[sorted.count - 1 - cut])
    }

    static func + (left: Sums, right: Sums) -> Sums {
      Sums(drawn: zip(left.drawn, right.drawn).map(+), estimate: left.estimate + right.estimate)
    }
  }

  static let count = 100
  /// How many measured requests a session must have, and how many of about a request's size, to stand for the others.
  private static let ownRequests = 5
  private static let ownAlike = 4
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
    var draws = Draws(
      cost: Sums(estimate: requests.reduce(.zero) { $0 + $1.cost(of: $1.tokens) }),
      baselineCost: Sums(estimate: requests.reduce(.zero) { $0 + $1.baselineCost(of: $1.tokens) }))
    // In their order, so that the same pools draw the same.
    let kinds = pools.keys.sorted { "\($0 as Any)" < "\($1 as Any)" }
    let ordered = kinds.map { pools[$0] ?? Pool([]) }
    let runs = runs(requests).compactMap { run in
      run.first.flatMap { first in
        kinds.firstIndex(of: first.kind).map {
          Run(pool: $0, own: ordered[$0].own(first.request.session), requests: run.map(Run.Member.init))
        }
      }
    }
    for _ in 0..<Self.count {
      var (cost, baselineCost) = (Money.zero, Money.zero)
      var drawn = ordered.map { $0.drawn(&chance) }
      for run in runs {
        let ownAgain = (run.own ?? []).indices.compactMap { _ in run.own?.randomElement(using: &chance) }
          .sorted { $0.promptBytes < $1.promptBytes }
        let other = drawn[run.pool].sessions.randomElement(using: &chance) ?? []
        let spread = run.own == nil ? ordered[run.pool].spread : 1000
        for member in run.requests {
          let bytes = member.request.promptBytes
          let isOwn = run.own.map { Self.alike(bytes, $0).count >= Self.ownAlike } ?? false
          guard
            let donor = Self.donor(for: bytes, of: isOwn ? ownAgain : other, &chance)
              ?? Self.donor(for: bytes, of: drawn[run.pool].all, &chance)
              ?? drawn[run.pool].all.randomElement(using: &chance)
          else { continue }
          let tokens = donor.tokens(promptBytes: bytes, answerBytes: member.request.answerBytes)
          func spreadOut(_ value: Money, around estimate: Money) -> Money {
            spread == 1000 ? value : estimate + (value - estimate).multiplied(by: spread, over: 1000)
          }
          cost += spreadOut(member.request.cost(of: tokens), around: member.cost)
          baselineCost += spreadOut(member.request.baselineCost(of: tokens), around: member.baselineCost)
        }
      }
      draws.cost.drawn.append(cost)
      draws.baselineCost.drawn.append(baselineCost)
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

  /// Which of some donors are of about a size: no less than half and no more than twice of it.
  /// - Parameter donors: by size.
  private static func alike(_ bytes: Int64, _ donors: [Donor]) -> Range<Int> {
    func first(from least: Int64) -> Int { donors.partitioningIndex { $0.promptBytes >= least } }
    let (low, high) = (first(from: bytes / 2), first(from: 2 * min(bytes, ByteSample.limit) + 1))
    return low..<max(low, high)
  }

  /// Any donor of about a size; `nil` where there is none.
  private static func donor(for bytes: Int64, of donors: [Donor], _ chance: inout SplitMix) -> Donor? {
    alike(bytes, donors).randomElement(using: &chance).map { donors[$0] }
  }

  /// Requests of one session and kind.
  private struct Run {
    /// Which of the pools they are drawn from.
    var pool: Int
    /// The measured requests of their own session, where they are enough.
    var own: [Donor]?
    var requests: [Member]

    /// A request, and what it costs as it is estimated.
    struct Member {
      var request: PendingEstimate
      var cost: Money
      var baselineCost: Money

      init(_ request: PendingEstimate) {
        self.request = request
        (cost, baselineCost) = (request.cost(of: request.tokens), request.baselineCost(of: request.tokens))
      }
    }
  }

  /// Sessions of a draw.
  private struct Drawn {
    let sessions: [[Donor]]
    /// Their donors together, by size.
    lazy var all = sessions.flatMap(\.self).sorted { $0.promptBytes < $1.promptBytes }

    init(sessions: [[Donor]]) { self.sessions = sessions }
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

    /// √((n + 1) ÷ (n − 1)) of `n` sessions, thousandths.
    var spread: Int128 {
      let count = Double(max(2, sessions.count))
      return Int128((1000 * ((count + 1) / (count - 1)).squareRoot()).rounded())
    }

    /// As many sessions, drawn with replacement.
    func drawn(_ chance: inout SplitMix) -> Drawn {
      Drawn(sessions: sessions.indices.map { _ in sessions[Int.random(in: sessions.indices, using: &chance)] })
    }
  }
}

/// Numbers that are random and the same in every run: SplitMix64, https://prng.di.unimi.it/splitmix64.c
package struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
