/// Pairs calls of two routers; each call is in one pair at most.
///
/// The likeliest pair is taken first. That can leave a call over although its partner's partner could take another one:
/// then the pairs along the shortest such path change, as long as that pairs one call more. A pair by key never
/// changes.
enum ChainMatching {
  /// The pairs by outer call.
  /// - Parameter ordered: all that can be, the likeliest first.
  static func pairs(_ ordered: [ChainPair]) -> [ChainCallID: ChainPair] {
    var choice: [ChainCallID: ChainPair] = [:]
    /// By inner call, the outer one that has it.
    var holder: [ChainCallID: ChainCallID] = [:]
    for pair in ordered where choice[pair.outer.id] == nil && holder[pair.inner.id] == nil {
      choice[pair.outer.id] = pair
      holder[pair.inner.id] = pair.outer.id
    }
    let open = Set(ordered.map(\.outer.id)).subtracting(choice.keys).sorted { $0.order < $1.order }
    guard !open.isEmpty, Set(ordered.map(\.inner.id)).count > holder.count else { return choice }
    let options = Dictionary(grouping: ordered) { $0.outer.id }
    for outer in open {
      for pair in changes(from: outer, options, choice, holder) {
        choice[pair.outer.id] = pair
        holder[pair.inner.id] = pair.outer.id
      }
    }
    return choice
  }

  /// How far away from a call others may change for it, milliseconds.
  private static let reach: Int64 = 600_000

  /// The shortest row of changes by which one more call is paired; none where there is no such row.
  private static func changes(
    from outer: ChainCallID, _ options: [ChainCallID: [ChainPair]],
    _ choice: [ChainCallID: ChainPair], _ holder: [ChainCallID: ChainCallID]
  ) -> [ChainPair] {
    /// By inner call, the pair that led to it.
    var led: [ChainCallID: ChainPair] = [:]
    var queue = [outer]
    var next = 0
    while next < queue.count {
      for pair in options[queue[next]] ?? [] where led[pair.inner.id] == nil {
        guard abs(pair.inner.started - outer.started) <= reach else { continue }
        led[pair.inner.id] = pair
        guard let other = holder[pair.inner.id] else { return row(to: pair, led, choice) }
        if choice[other]?.isSure == false { queue.append(other) }
      }
      next += 1
    }
    return []
  }

  private static func row(
    to last: ChainPair, _ led: [ChainCallID: ChainPair],
    _ choice: [ChainCallID: ChainPair]
  ) -> [ChainPair] {
    var row = [last]
    while let given = row.last.flatMap({ choice[$0.outer.id] }), let pair = led[given.inner.id] { row.append(pair) }
    return row
  }
}
