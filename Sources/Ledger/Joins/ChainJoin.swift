import GRDB
import Model
import Reading

/// Makes one request of a call that went through two routers: claude-code-router in front of LiteLLM, free-claude-code
/// or CC Switch. Both records describe it; it counts once.
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
    let hasBoth = try RouterOrder.has(RouterOrder.outer, database) && RouterOrder.hasInner(database)
    for hour in hasBoth ? stale : [] {
      try join((hour - 1) * StaleMarks.chainWindow..<(hour + 2) * StaleMarks.chainWindow, &rows)
    }
    try database.execute(sql: "DELETE FROM chain_stale")
  }

  /// Changes what is not as it should be, and nothing else.
  private func join(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    let chains = ChainRows(database)
    try chains.refresh(span, &rows)
    let known = try chains.all(span)
    let inner = try innerCalls(span)
    guard !inner.isEmpty || !known.isEmpty else { return }
    let outer = try (outerCalls(span, isAside: false) + outerCalls(span, isAside: true))
      .sorted { $0.id.order < $1.id.order }
    let wanted = Self.pairs(outer, inner)
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
  }

  /// For each outer call the inner one that it became, the likeliest first.
  private static func pairs(_ outer: [ChainCall], _ inner: [ChainCall]) -> [ChainCallID: ChainCall] {
    var found: [ChainPair] = []
    func add(_ one: ChainCall, _ other: ChainCall) {
      guard let rank = rank(one, other) else { return }
      found.append(ChainPair(rank: rank, distance: distance(one, other), outer: one, inner: other))
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

  /// How well two records fit: by a key, by the client's answer, by when and as what the inner router was called, or by
  /// when alone.
  private static func rank(_ outer: ChainCall, _ inner: ChainCall) -> Int? {
    if !outer.keys.isDisjoint(with: inner.keys) { return 0 }
    if !outer.answers.isDisjoint(with: inner.answers) { return 0 }
    if let end = outer.ended, (inner.ended ?? inner.started) > end + slack { return nil }
    let isSameName = inner.name.map { $0.lowercased() == outer.name?.lowercased() }
    guard isSameName ?? true else { return nil }
    if let session = inner.session, let own = outer.session { return session == own ? 1 : nil }
    // Where one of them names no session, it has to be called the same, and elsewhere than the provider is.
    guard outer.host != inner.host || outer.host.isEmpty else { return nil }
    if isSameName == true { return 2 }
    return isAround(outer, inner) ? 3 : nil
  }

  /// How far apart two records are, milliseconds: by both ends where they are known. Of calls side by side one end alone
  /// tells too little, and what the inner router tried before has no record, so that the starts can lie apart.
  private static func distance(_ outer: ChainCall, _ inner: ChainCall) -> Int64 {
    let start = abs(inner.started - outer.started)
    guard let end = outer.ended, let other = inner.ended else { return start }
    return start + abs(other - end)
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

  /// How far the clocks and the lines of two routers on one machine are apart, milliseconds.
  private static let slack: Int64 = 2000
  private static let closely: Int64 = 250
  /// How long after a call the one that it became can begin.
  private static let longest: Int64 = 600_000

  /// Of a row. Tables are joined crosswise with it, so that a span is found by its time.
  private static let columns = """
    row.id, row.writer, row.number, row.attempt, row.duration, row.route, row.stream, variant.host
    """

  private func outerCalls(_ span: Range<Int64>, isAside: Bool) throws -> [ChainCall] {
    let ids = RequestID.range(span)
    let (table, keys, place) =
      isAside ? ("chained_request", "chained_key", "row.request") : ("request", "call_key", "row.id")
    return try calls(
      isAside,
      Row.fetchAll(
        database,
        sql: """
          SELECT \(Self.columns), \(place) >> 15 AS started, row.session, model.model AS name,
            (SELECT group_concat(key) FROM \(keys) AS held WHERE held.request = row.id) AS keys
          FROM \(table) AS row CROSS JOIN writer ON writer.id = row.writer JOIN model ON model.id = row.model
            JOIN variant ON variant.id = model.variant
          WHERE \(place) >= ?1 AND \(place) < ?2 AND row.number IS NOT NULL
            AND writer.source IN (\(RouterOrder.list(RouterOrder.outer)))
          """, arguments: [ids.lowerBound, ids.upperBound]))
  }

  /// The calls that those of a span can have become: not those that are known to be another's.
  private func innerCalls(_ span: Range<Int64>) throws -> [ChainCall] {
    let ids = RequestID.range(span.lowerBound - Self.slack..<span.upperBound + Self.longest)
    return try calls(
      false,
      Row.fetchAll(
        database,
        sql: """
          SELECT \(Self.columns), row.started, iif(chain.writer IS NULL, row.session, chain.own_session) AS session,
            (SELECT text FROM word WHERE word.id = row.asked) AS name,
            (SELECT group_concat(key) FROM call_key WHERE call_key.request = row.id) AS keys
          FROM request AS row CROSS JOIN writer ON writer.id = row.writer JOIN model ON model.id = row.model
            JOIN variant ON variant.id = model.variant
            LEFT JOIN chain ON chain.writer = row.writer AND chain.number = row.number AND chain.attempt = row.attempt
          WHERE row.id >= ?1 AND row.id < ?2 AND row.number IS NOT NULL
            AND writer.source IN (\(RouterOrder.list(RouterOrder.inner)))
            AND (chain.writer IS NULL OR chain.started >= ?3 AND chain.started < ?4 AND \(ChainRows.isAside))
          ORDER BY row.id
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
        stream: row.value("stream"), name: row.value("name"), host: row.value("host"),
        keys: Set((keys ?? "").split(separator: ",").compactMap { Int64($0) }))
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
