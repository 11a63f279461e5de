import GRDB
import Model
import Reading

/// Makes one request of a call that went through several routers: claude-code-router in front of LiteLLM or
/// free-claude-code, that in front of LiteLLM, and CC Switch in front of any of them. All their records describe it; it
/// counts once.
///
/// The row of the router nearest the provider stays, with its provider, model and tokens: it takes over the route and
/// the session of the router nearest the client, whose row is set aside (`ChainRows`). Which records belong together is
/// recomputed for each window that changed, and only what differs is changed: no matter which was read first.
struct ChainJoin: CallJoin {
  private let database: Database
  private let hasMessages: Bool

  init(_ database: Database) throws {
    self.database = database
    hasMessages = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message)") ?? false
  }

  /// Whether something came or changed since.
  static func isStale(_ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM chain_stale)") ?? false
  }

  static func run(_ state: inout JoinState) throws { try ChainJoin(state.database).run(&state.rows) }

  /// Joins what arrived.
  /// - Parameter rows: sets aside what counts twice.
  private func run(_ rows: inout RequestRows) throws {
    let stale = try ForeignValue.buckets(
      Int64.fetchAll(database, sql: "SELECT hour FROM chain_stale ORDER BY hour"), of: StaleMarks.chainWindow,
      "chain_stale.hour")
    guard !stale.isEmpty else { return }
    let layers = try RouterOrder.layers(in: database)
    for hour in layers.isEmpty ? [] : stale {
      try join((hour - 1) * StaleMarks.chainWindow..<(hour + 2) * StaleMarks.chainWindow, layers, &rows)
    }
    try database.execute(sql: "DELETE FROM chain_stale")
  }

  /// Changes what is not as it should be, and nothing else.
  private func join(_ span: Range<Int64>, _ layers: [RouterOrder.Layer], _ rows: inout RequestRows) throws {
    let chains = ChainRows(database)
    try chains.refresh(span, &rows)
    var handedOn: Set<ChainCallID> = []
    for layer in layers {
      let known = try chains.all(span, of: layer)
      let inner = try [false, true].flatMap { try innerCalls(span, layer, isAside: $0) }
        .filter { !handedOn.contains($0.id) }.sorted { $0.id.order < $1.id.order }
      if inner.isEmpty, known.isEmpty { continue }
      let outer = try [false, true].flatMap { try outerCalls(span, layer, isAside: $0) }
        .filter { !handedOn.contains($0.id) }.sorted { $0.id.order < $1.id.order }
      let wanted = Self.pairs(outer, inner, layer)
      for (id, chain) in known.sorted(by: { $0.key.order < $1.key.order }) where wanted[id]?.id != chain {
        try chains.undo(chain, &rows)
      }
      for call in outer {
        if let inner = wanted[call.id] {
          if known[call.id] != inner.id { try chains.make(call, inner, &rows) }
        } else if call.isAside {
          try rows.putBack(call.row)
        }
      }
      handedOn.formUnion(wanted.values.map(\.id))
    }
    try chains.lend(span, &rows)
  }

  /// For each outer call the inner one that it became, the likeliest first.
  private static func pairs(
    _ outer: [ChainCall], _ inner: [ChainCall], _ layer: RouterOrder.Layer
  ) -> [ChainCallID: ChainCall] {
    var found: [ChainPair] = []
    let inside = layer.isFront ? [:] : excesses(of: inner.filter(\.isFront), around: outer)
    func add(_ one: ChainCall, _ other: ChainCall) {
      if let most = inside[other.id], one.excess(over: other).map({ $0 >= most }) ?? true { return }
      guard let rank = layer.isFront ? frontRank(one, other) : rank(one, other, layer) else { return }
      let distance = layer.isFront ? frontDistance(one, other) : distance(one, other)
      found.append(ChainPair(rank: rank, distance: distance, outer: one, inner: other))
    }
    var (holders, readers): ([Int64: [Int]], [Int64: [Int]]) = ([:], [:])
    for (index, call) in inner.enumerated() {
      for key in call.keys { holders[key, default: []].append(index) }
      for answer in call.answers { readers[answer, default: []].append(index) }
    }
    var first = 0
    // Both in the order of time: what began long before one began before all that follow.
    for one in outer {
      let sure = Set(one.keys.flatMap { holders[$0] ?? [] } + one.answers.flatMap { readers[$0] ?? [] })
        .filter { abs(inner[$0].started - one.started) <= longest }
      for index in sure { add(one, inner[index]) }
      while first < inner.count, inner[first].started < one.started - slack { first += 1 }
      let last = one.ended.map { min($0 + slack, one.started + longest) } ?? one.started + longest
      for index in first..<inner.count {
        if inner[index].started > last { break }
        if !sure.contains(index) { add(one, inner[index]) }
      }
    }
    return ChainMatching.pairs(found.sorted(by: ChainPair.precedes)).mapValues(\.inner)
  }

  /// Of calls of a router that stands in front of all others as a rule, how much longer each took than the one that lies
  /// within it most closely. It stands behind another call only where that fits better.
  /// - Parameter outer: calls that can lie within them, in the order of time.
  private static func excesses(of calls: [ChainCall], around outer: [ChainCall]) -> [ChainCallID: Int64] {
    var excesses: [ChainCallID: Int64] = [:]
    for call in calls {
      let first = outer.partitioningIndex { $0.started >= call.started - closely }
      excesses[call.id] = outer[first...].prefix { $0.started <= call.started + 1000 + closely }
        .filter { ($0.session ?? call.session) == (call.session ?? $0.session) && isWithin(call, $0) }
        .compactMap { call.excess(over: $0) }.filter { $0 >= 0 }.min()
    }
    return excesses
  }

  /// How well two records fit: by a key, by the client's answer, by when and as what the inner router was called, or by
  /// when alone.
  private static func rank(_ outer: ChainCall, _ inner: ChainCall, _ layer: RouterOrder.Layer) -> Int? {
    // Which of the two stands in front a key does not tell.
    if !canBeBehind(inner, outer) { return nil }
    if !outer.keys.isDisjoint(with: inner.keys) { return 0 }
    if !outer.answers.isDisjoint(with: inner.answers) { return 0 }
    if let end = outer.ended, (inner.ended ?? inner.started) > end + slack { return nil }
    let isSameName = inner.asked.map { $0.lowercased() == outer.model.lowercased() }
    guard isSameName ?? true else { return nil }
    if let session = inner.session, let own = outer.session { return session == own ? 1 : nil }
    // Where one of them names no session, it has to be called the same, and elsewhere than the provider is.
    guard outer.host != inner.host || outer.host.isEmpty, outer.canHaveAnswer(of: inner) else { return nil }
    // Who names no host may have failed elsewhere.
    if outer.host.isEmpty, outer.isFailed, inner.isMeasured { return nil }
    if layer.isMiddle { return isSameName == true && isOver(outer, inner) ? 2 : nil }
    if isSameName == true { return 2 }
    return isAround(outer, inner) ? 3 : nil
  }

  /// The same of a router that names no host, in front of any other: by a key, by client and tokens, or by when alone. It
  /// may have gone on to another provider after the one behind it failed.
  private static func frontRank(_ outer: ChainCall, _ inner: ChainCall) -> Int? {
    // What failed in front can have begun an answer behind, of which nobody knows the tokens.
    guard outer.isFailed == inner.isFailed || outer.isFailed && !inner.isMeasured else { return nil }
    if !outer.keys.isDisjoint(with: inner.keys) || !outer.answers.isDisjoint(with: inner.answers) { return 0 }
    if let end = outer.ended, (inner.ended ?? inner.started) > end + slack { return nil }
    let isSameCount: Bool? =
      if let tokens = outer.tokens, let others = inner.tokens { tokens == others } else { nil }
    if let session = inner.session, let own = outer.session {
      return session == own ? (isSameCount == false ? 2 : 1) : nil
    }
    if isSameCount == true { return 3 }
    // The stores of claude-code-router 3 can have subtracted a cache from the prompt, never anything from the answer.
    guard outer.canHaveAnswer(of: inner) else { return nil }
    return isWithin(outer, inner) ? 4 : nil
  }

  /// Whether a call that is known by the second of its end lasted as long as one that was over then.
  private static func isWithin(_ outer: ChainCall, _ inner: ChainCall) -> Bool {
    guard let end = outer.ended, let other = inner.ended, let longer = outer.excess(over: inner) else { return false }
    return (-tick...closely).contains(longer) && (end - closely..<end + 1000).contains(other)
  }

  /// Whether a router that stands in front of all others as a rule can be behind one: that has called a host nearby, and
  /// has waited for longer.
  private static func canBeBehind(_ inner: ChainCall, _ outer: ChainCall) -> Bool {
    guard inner.isFront else { return true }
    guard outer.host.isEmpty || Endpoint.isNearby(outer.host) else { return false }
    return outer.excess(over: inner).map { $0 > 0 } ?? true
  }

  /// How far apart two records are, milliseconds: by both ends where they are known. Of calls side by side one end alone
  /// tells too little, and what the inner router tried before has no record, so that the starts can lie apart.
  private static func distance(_ outer: ChainCall, _ inner: ChainCall) -> Int64 {
    let start = abs(inner.started - outer.started)
    guard let end = outer.ended, let other = inner.ended else { return start }
    return start + abs(other - end)
  }

  /// The same where the outer record tells its length, and its end by the second: of calls side by side the length tells.
  private static func frontDistance(_ outer: ChainCall, _ inner: ChainCall) -> Int64 {
    guard let end = outer.ended, let other = inner.ended, let longer = outer.excess(over: inner) else {
      return distance(outer, inner)
    }
    return abs(longer) + 2 * max(0, end - other, other - (end + 999))
  }

  /// Whether a call to a router nearby lasted as long as a call that does not say what it was asked for. The stores of
  /// claude-code-router 3 name no host: then both ends have to agree closely.
  private static func isAround(_ outer: ChainCall, _ inner: ChainCall) -> Bool {
    let isHostKnown = !outer.host.isEmpty
    guard !isHostKnown || Endpoint.isNearby(outer.host) else { return false }
    let most = isHostKnown ? slack : closely
    guard abs(inner.started - outer.started) <= most else { return false }
    guard let end = outer.ended else { return isHostKnown }
    return inner.ended.map { abs($0 - end) <= most } ?? false
  }

  /// Whether both were over at the same time, and began together as far as a prompt is not counted before it is handed on.
  private static func isOver(_ outer: ChainCall, _ inner: ChainCall) -> Bool {
    guard let end = outer.ended, let other = inner.ended else { return false }
    return abs(end - other) <= closely && abs(inner.started - outer.started) <= slack
  }

  /// How far the clocks and the lines of two routers on one machine are apart, milliseconds.
  private static let slack: Int64 = 2000
  private static let closely: Int64 = 250
  /// How far two measurements of one time are apart, milliseconds.
  private static let tick: Int64 = 20
  /// How long after a call the one that it became can begin.
  private static let longest: Int64 = 600_000

  /// What a row says, without what another router's record told of it. Tables are joined crosswise with it, so that a
  /// span is found by its time.
  private static func selection(isAside: Bool) -> (sql: String, place: String) {
    let (table, keys, ownKeys, place) =
      isAside
      ? ("chained_request", "chained_key", "chained_key.request = row.id", "row.request")
      : ("request", "call_key", "call_key.request = row.id AND NOT lent", "row.id")
    let sql = """
      SELECT row.id, row.writer, row.number, row.attempt, row.duration, row.route, row.stream, variant.host,
        \(place) >> 15 AS started, model.model AS model, (SELECT text FROM word WHERE word.id = row.asked) AS asked,
        (SELECT group_concat(key) FROM \(keys) WHERE \(ownKeys)) AS keys,
        \(RequestColumns.failed("row")) AS failed,
        writer.source IN (\(RouterOrder.list(RouterOrder.front))) AS front,
        row.source IN (1, 2) AS measured,
        row.input + row.cache_read + row.cache_write_5m + row.cache_write_1h AS prompt, row.output,
        iif(chain.writer IS NULL, row.session, chain.own_session) AS session, coalesce(chain.lent, 0) AS lent
      FROM \(table) AS row CROSS JOIN writer ON writer.id = row.writer JOIN model ON model.id = row.model
        JOIN variant ON variant.id = model.variant
        LEFT JOIN chain ON chain.writer = row.writer AND chain.number = row.number AND chain.attempt = row.attempt
      """
    return (sql, place)
  }

  private func outerCalls(_ span: Range<Int64>, _ layer: RouterOrder.Layer, isAside: Bool) throws -> [ChainCall] {
    let ids = RequestID.range(span)
    let (select, place) = Self.selection(isAside: isAside)
    return try calls(
      isAside,
      Row.fetchAll(
        database,
        sql: """
          \(select) WHERE \(place) >= ?1 AND \(place) < ?2 AND row.number IS NOT NULL
            AND writer.source IN (\(RouterOrder.list(layer.outer)))
          """, arguments: [ids.lowerBound, ids.upperBound]))
  }

  /// The calls that those of a span can have become: not those that are known to be another's.
  private func innerCalls(_ span: Range<Int64>, _ layer: RouterOrder.Layer, isAside: Bool) throws -> [ChainCall] {
    let ids = RequestID.range(span.lowerBound - Self.slack..<span.upperBound + Self.longest)
    let (select, place) = Self.selection(isAside: isAside)
    return try calls(
      isAside,
      Row.fetchAll(
        database,
        sql: """
          \(select) WHERE \(place) >= ?1 AND \(place) < ?2 AND row.number IS NOT NULL
            AND writer.source IN (\(RouterOrder.list(layer.inner)))
            AND (chain.writer IS NULL OR chain.started >= ?3 AND chain.started < ?4 AND \(ChainRows.isAside))
          """, arguments: [ids.lowerBound, ids.upperBound, span.lowerBound, span.upperBound]))
  }

  private func calls(_ isAside: Bool, _ rows: [Row]) throws -> [ChainCall] {
    let answers = try database.cachedStatement(
      sql: """
        SELECT id, session FROM message WHERE header = ?1 UNION SELECT id, session FROM message WHERE kin = ?1 AND NOT weak
        """)
    return try rows.map { row in
      let started: Int64 = try row.value("started")
      let keys: String? = try row.value("keys")
      var call = try ChainCall(
        row: row.value("id"), isAside: isAside,
        id: ChainCallID(
          started: started, number: row.value("number"), attempt: row.value("attempt"), writer: row.value("writer")),
        ended: RequestID.end(of: started, after: row.value("duration")), session: row.value("session"),
        route: row.value("route"),
        stream: row.value("stream"), model: row.value("model"), asked: row.value("asked"),
        isFailed: row.value("failed"), host: row.value("host"),
        keys: Set((keys ?? "").split(separator: ",").compactMap { Int64($0) }), isFront: row.value("front"))
      call.isMeasured = try row.value("measured") && !row.value("lent")
      if call.isMeasured, let prompt: Int64 = try row.value("prompt") {
        call.tokens = try (prompt, row.value("output"))
      }
      guard hasMessages else { return call }
      for key in call.keys.sorted() {
        for answer in try Row.fetchAll(answers, arguments: [key]) {
          call.answers.insert(try answer.value(0))
          if call.session == nil { call.session = try answer.value(1) }
        }
      }
      return call
    }
  }
}
