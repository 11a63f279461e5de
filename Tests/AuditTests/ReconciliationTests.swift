import Model
import Pricing
import Testing

@testable import Audit

@Suite struct ReconciliationTests {
  private static let model = ModelID(provider: "deepseek", model: "deepseek-v4-flash")
  private static let classes: [TokenClass] = [.input, .cacheRead, .output]

  private static func rates(_ input: String, _ read: String, _ output: String) throws -> [TokenClass: Rate] {
    [
      .input: try #require(Rate(decimalPerMillion: input)), .cacheRead: try #require(Rate(decimalPerMillion: read)),
      .output: try #require(Rate(decimalPerMillion: output)),
    ]
  }

  private static func bill(
    _ tokens: [TokenClass: Int64], at rates: [TokenClass: Rate], requests: Int64, day: CivilDay
  ) -> [BillRow] {
    classes.map { tokenClass in
      let rate = rates[tokenClass]?.exact ?? .zero
      return BillRow(
        day: day, model: model.model, tokens: [tokenClass: tokens[tokenClass] ?? 0],
        cost: rate * (tokens[tokenClass] ?? 0), rate: rate)
    } + [BillRow(day: day, model: model.model, requests: requests)]
  }

  private static func use(
    _ tokens: [TokenClass: Int64], at rates: [TokenClass: Rate], answered: Int, unmeasured: Int
  ) -> LedgerUse {
    LedgerUse(
      answered: answered, unmeasured: unmeasured,
      parts: classes.map { LedgerUse.Part(tokenClass: $0, rate: rates[$0], tokens: tokens[$0] ?? 0) })
  }

  private static func compared(
    _ lines: [BillRow], _ use: LedgerUse, day: CivilDay, places: Int? = nil, table: [Rates] = []
  ) throws -> Reconciliation.Row {
    let key = Reconciliation.Key(model: model, day: day)
    let result = Reconciliation.of(
      lines: lines.isEmpty ? [:] : [key: lines], use: [key: use], fees: [], roundedPlaces: places
    ) { _, _ in TableRates(byHour: table) }
    let row = try #require(result.rows.first)
    if let difference = row.difference {
      #expect(row.causes.sum == difference)
    } else {
      #expect(row.causes == Reconciliation.Causes() && (!row.unpriced.isEmpty || row.unknownMissing > 0))
    }
    return row
  }

  @Test func theWorkedExampleToTheLastDigit() throws {
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let first = try #require(CivilDay("2026-11-10"))
    let ten = try Self.compared(
      Self.bill([.input: 286_749, .cacheRead: 623_116, .output: 19_387], at: rates, requests: 20, day: first),
      Self.use([.input: 264_000, .cacheRead: 541_000, .output: 18_000], at: rates, answered: 20, unmeasured: 2),
      day: first)
    #expect(ten.billed?.rounded(places: 6) == "0.056514")
    #expect(ten.ledger?.rounded(places: 6) == "0.052023")
    #expect(ten.difference?.rounded(places: 6) == "0.004491")
    #expect(ten.causes.unmeasured == ten.difference)
    #expect(ten.beyond == [.input: 22_749, .cacheRead: 82_116, .output: 1387])

    let second = first.advanced(by: 1)
    let measured = Self.use(
      [.input: 255_000, .cacheRead: 1_037_667, .output: 16_000], at: rates, answered: 20, unmeasured: 2)
    let router = Self.bill(
      [.input: 273_861, .cacheRead: 1_088_078, .output: 17_882], at: rates, requests: 20, day: second)
    let notebook = Self.bill([.input: 40_000, .cacheRead: 50_000, .output: 3000], at: rates, requests: 5, day: second)
    let all = try Self.compared(router + notebook, measured, day: second)
    #expect(all.ledger?.rounded(places: 6) == "0.050963")
    #expect(all.billed?.rounded(places: 6) == "0.063023")
    #expect(all.causes.together == all.difference)
    #expect(all.difference?.rounded(places: 6) == "0.012060")
    let alone = try Self.compared(router, measured, day: second)
    #expect(alone.causes.unmeasured.rounded(places: 6) == "0.004110")
    #expect(alone.beyond == [.input: 18_861, .cacheRead: 50_411, .output: 1882])
  }

  @Test func aWrongRateOfTheTableIsNamed() throws {
    let day = try #require(CivilDay("2026-08-25"))
    let tokens: [TokenClass: Int64] = [.input: 1_000_000, .cacheRead: 2_000_000, .output: 100_000]
    let row = try Self.compared(
      Self.bill(tokens, at: try Self.rates("0.22", "0.007", "0.66"), requests: 9, day: day),
      Self.use(tokens, at: try Self.rates("0.15", "0.003", "0.60"), answered: 9, unmeasured: 0), day: day)
    #expect(row.causes.price == row.difference)
    #expect(row.rates.map(\.bill) == ["0.22", "0.007", "0.66"].map { ExactAmount($0) })
    #expect(row.rates.map(\.table) == ["0.15", "0.003", "0.6"].map { ExactAmount($0) })
  }

  /// Amounts alone: half a cent may be rounding, and of what is more nothing is.
  @Test(arguments: ["0.155", "0.1551", "0.145", "0.1449"]) func aRestAboveTheRoundingIsNone(_ cost: String) throws {
    let day = try #require(CivilDay("2026-11-10"))
    let use = Self.use([.input: 1_000_000], at: try Self.rates("0.15", "0.003", "0.60"), answered: 1, unmeasured: 0)
    let row = try Self.compared(
      [BillRow(day: day, model: "m", cost: ExactAmount(cost))], use, day: day, places: 2)
    let isRounding = cost.hasSuffix("5")
    #expect(row.causes.rounding == (isRounding ? row.difference : .zero))
    #expect(row.causes.unexplained == (isRounding ? .zero : row.difference))
  }

  /// A world with its own truth: how many requests, who sent them, what each cost, and what the ledger saw of it.
  private struct World {
    var chance: any RandomNumberGenerator
    var isRepriced: Bool
    var unmeasured: Int
    var others: Int
    var missing: Int

    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &chance) }
  }

  @Test(arguments: 0..<20) func everyCauseIsFoundUnderItsOwnName(_ batch: Int) throws {
    let day = try #require(CivilDay("2026-11-10"))
    for seed in 0..<60 {
      let kind = (batch * 60 + seed) % 24
      let (own, hasMeasured) = (kind % 12, kind < 12)
      var world = World(
        chance: SplitMix(state: UInt64(batch * 1000 + seed + 7)), isRepriced: own % 2 == 1,
        unmeasured: own / 2 == 1 || own / 2 == 3 ? 3 : 0, others: own / 2 == 2 || own / 2 == 3 ? 4 : 0,
        missing: own / 2 == 4 && hasMeasured ? 2 : 0)
      let table = try Self.rates("\(world.number(1...9)).\(world.number(1...9))", "0.0\(world.number(1...9))", "12.5")
      let factor = world.isRepriced ? world.number(2...5) : 1
      let charged = table.mapValues { Rate(picodollarsPerToken: $0.picodollarsPerToken * factor) }
      func request() -> [TokenClass: Int64] {
        [.input: world.number(0...90_000), .cacheRead: world.number(0...900_000), .output: world.number(1...9000)]
      }
      func sum(_ requests: [[TokenClass: Int64]]) -> [TokenClass: Int64] {
        requests.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
      }
      func cost(_ requests: [[TokenClass: Int64]], _ rates: [TokenClass: Rate]) -> ExactAmount {
        sum(requests).reduce(.zero) { $0 + (rates[$1.key]?.exact ?? .zero) * $1.value }
      }
      let measured = hasMeasured ? (0..<20).map { _ in request() } : []
      let unmeasured = (0..<world.unmeasured).map { _ in request() }
      let others = (0..<world.others).map { _ in request() }
      let missing = (0..<world.missing).map { _ in request() }
      let billed = measured + unmeasured + others
      let lines = Self.bill(sum(billed), at: charged, requests: Int64(billed.count), day: day)
      let use = Self.use(
        sum(measured + missing), at: table, answered: measured.count + world.unmeasured + world.missing,
        unmeasured: world.unmeasured)
      let listed = [
        Rates(
          input: table[.input] ?? Rate(picodollarsPerToken: 0), output: table[.output] ?? Rate(picodollarsPerToken: 0),
          cacheRead: table[.cacheRead])
      ]
      // Another rate is a price for what was measured. What the bill alone has costs what the bill says, and what it
      // does not have what the table says.
      var expected = Reconciliation.Causes()
      expected.price = cost(measured, charged) - cost(measured, table)
      let (hidden, foreign) = (cost(unmeasured, charged), cost(others, charged))
      if world.unmeasured > 0, world.others > 0 {
        expected.together = hidden + foreign
      } else {
        (expected.unmeasured, expected.others) = (hidden, foreign)
      }
      expected.missing = .zero - cost(missing, table)
      let row = try Self.compared(lines, use, day: day, table: listed)
      #expect(row.causes == expected)

      // What the provider charges beside its own tokens at its own prices, small and too large for that.
      for share: Int128 in [3, 8] where !billed.isEmpty {
        let amount = cost(billed, charged).multiplied(by: share, over: 1000)
        var mending = BillRow(day: day, model: Self.model.model, cost: amount)
        mending.mends = .charge
        var mended = expected
        if share == 3 { mended.adjustment = amount } else { mended.unexplained = amount }
        #expect(try Self.compared(lines + [mending], use, day: day, table: listed).causes == mended)
      }

      // The same without a column of prices, and rounded, and the same with one sum for all classes: nothing is off by
      // more than what the rounding makes.
      let rounded = lines.map { line in
        BillRow(
          day: line.day, model: line.model, requests: line.requests, tokens: line.tokens,
          cost: line.cost.flatMap { ExactAmount($0.rounded(places: 6)) })
      }
      let whole = BillRow(
        day: day, model: Self.model.model, requests: Int64(billed.count), tokens: sum(billed),
        cost: ExactAmount(cost(billed, charged).rounded(places: 6)))
      let pairs: [KeyPath<Reconciliation.Causes, ExactAmount>] = [
        \.price, \.unmeasured, \.others, \.together, \.missing, \.unexplained,
      ]
      let unit = ExactAmount(units: 1_000_000_000_000)
      for other in [rounded, [whole]] where !billed.isEmpty {
        let near = try Self.compared(other, use, day: day, places: 6, table: listed)
        for cause in pairs {
          #expect((near.causes[keyPath: cause] - expected[keyPath: cause]).magnitude <= unit * 3)
        }
        #expect(near.causes.rounding.magnitude <= unit * 3)
      }

      // A bill of amounts alone: what requests can cost is theirs, and no more than that.
      guard let most = table.values.max(), world.unmeasured + world.others > 0 else { continue }
      let limit = most.exact * 10_000_000 * Int64(world.unmeasured + world.others)
      for amount in [hidden + foreign, limit + foreign] {
        let line = BillRow(
          day: day, model: Self.model.model, requests: Int64(billed.count), cost: cost(measured, table) + amount)
        let alone = try Self.compared([line], use, day: day, table: listed).causes
        #expect(alone.unmeasured + alone.others + alone.together == min(amount, limit))
        #expect(alone.unexplained == amount - min(amount, limit) && alone.price == .zero)
      }
    }
  }

  /// A log that never has tokens: what the bill says of its own rates is held against the table's all the same, and what
  /// it charges is that of the unmeasured requests.
  @Test func aWrongRateIsNamedWhereNothingWasMeasured() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let charged = try Self.rates("0.30", "0.006", "1.20")
    let table = try Self.rates("0.15", "0.003", "0.60")
    let tokens: [TokenClass: Int64] = [.input: 1_000_000, .cacheRead: 2_000_000, .output: 100_000]
    let listed = [
      Rates(
        input: try #require(table[.input]), output: try #require(table[.output]), cacheRead: table[.cacheRead])
    ]
    let row = try Self.compared(
      Self.bill(tokens, at: charged, requests: 3, day: day), LedgerUse(answered: 3, unmeasured: 3), day: day,
      table: listed)
    // 1 million at 0.15, 2 million at 0.003 and 0.1 million at 0.60: 0.216, and twice as much by the bill.
    let both = Reconciliation.Repriced(
      billed: try #require(ExactAmount("0.432")), listed: try #require(ExactAmount("0.216")))
    #expect(row.causes.price == .zero && row.causes.unmeasured == both.billed && row.repriced == both)
    #expect(row.rates.map(\.table) == ["0.15", "0.003", "0.6"].map { ExactAmount($0) })
    #expect(row.tellsUnmeasured && row.chargedForUnmeasured == ExactAmount("0.432"))
    let whole = BillRow(day: day, model: "m", requests: 3, tokens: tokens, cost: ExactAmount("0.432"))
    let sum = try Self.compared([whole], LedgerUse(answered: 3, unmeasured: 3), day: day, table: listed)
    #expect(sum.causes.price == .zero && sum.causes.unmeasured == both.billed && sum.repriced == both)
    #expect(sum.rates.map(\.tokenClass) == [nil])
    #expect(sum.chargedForUnmeasured == ExactAmount("0.432"))
  }

  /// Hours at two rates, and nothing measured: each rate is one of the table's.
  @Test func everyRateOfTheDayIsTheTables() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try ["0.15", "0.30", "0.60"].map { (text) throws in
      try #require(Rate(decimalPerMillion: text))
    }
    let listed = rates.prefix(2).map { Rates(input: $0, output: rates[2]) }
    func row(_ cost: String) throws -> Reconciliation.Row {
      let row = try Self.compared(
        [BillRow(day: day, model: "m", requests: 2, tokens: [.input: 1_000_000], cost: ExactAmount(cost))],
        LedgerUse(answered: 2, unmeasured: 2), day: day, table: listed)
      #expect(row.causes.unmeasured == ExactAmount(cost) && row.causes.price == .zero)
      return row
    }
    #expect(try row("0.2").rates.isEmpty && row("0.2").repriced == nil)
    #expect(
      try row("0.4").rates.map(\.table) == [ExactAmount("0.3")] && row("0.4").repriced?.listed == ExactAmount("0.3"))
    #expect(
      try row("0.1").rates.map(\.table) == [ExactAmount("0.15")] && row("0.1").repriced?.listed == ExactAmount("0.15"))
  }

  /// The day has two rates, and the requests that nobody measured ran at one of them.
  @Test func unmeasuredRequestsCostWhatTheirOwnHoursDo() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try ["0.15", "0.30", "0.60"].map { (text) throws in
      try #require(Rate(decimalPerMillion: text))
    }
    let byHour = rates.prefix(2).map { Rates(input: $0, output: rates[2]) }
    var use = LedgerUse(answered: 2, unmeasured: 2)
    use.unmeasuredRates = [byHour[0]]
    func listed(_ requests: Int64) throws -> ExactAmount? {
      let line = BillRow(
        day: day, model: "m", requests: requests, tokens: [.input: 1_000_000], cost: ExactAmount("0.22"))
      return try Self.compared([line], use, day: day, table: byHour).repriced?.listed
    }
    #expect(try listed(2) == ExactAmount("0.15"))
    // One more, and nobody knows its hour.
    #expect(try listed(3) == nil)
  }

  @Test func fewerTokensThanWereMeasuredAreMissingAndNotUnmeasured() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    let use = Self.use([.input: 1_000_000, .output: 100_000], at: rates, answered: 5, unmeasured: 1)
    func causes(_ tokens: [TokenClass: Int64], _ requests: Int64?) throws -> Reconciliation.Causes {
      let lines = Self.bill(tokens, at: rates, requests: requests ?? 0, day: day)
      return try Self.compared(requests == nil ? Array(lines.dropLast()) : lines, use, day: day).causes
    }
    for requests: Int64? in [4, 5, nil] {
      let found = try causes([.input: 1_200_000, .output: 90_000], requests)
      #expect(found.unmeasured + found.together == ExactAmount("0.2") && found.missing == ExactAmount("-0.04"))
      #expect(found.unexplained == .zero)
      let fewer = try causes([.input: 900_000, .output: 100_000], requests)
      #expect(fewer.missing == ExactAmount("-0.1") && fewer.unmeasured == .zero && fewer.together == .zero)
    }
  }

  @Test func daysThatTheBillLacksAreMissingAtTheTablesPrices() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    let use = Self.use([.input: 1_000_000], at: rates, answered: 2, unmeasured: 0)
    let keys = [0, 1].map { Reconciliation.Key(model: Self.model, day: day.advanced(by: $0)) }
    let result = Reconciliation.of(
      lines: [keys[0]: Self.bill([.input: 1_000_000], at: rates, requests: 2, day: day)],
      use: [keys[0]: use, keys[1]: use], fees: [], roundedPlaces: nil
    ) { _, _ in TableRates() }
    #expect(result.rows.map(\.causes.missing) == [.zero, .zero - .one])
    #expect(result.rows.map(\.isBilled) == [true, false])
  }

  @Test func tokensWithoutMoneyAreNoCharge() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    let row = try Self.compared(
      [BillRow(day: day, model: "m", requests: 3, tokens: [.input: 1_000_000, .output: 100_000])],
      Self.use([.input: 500_000, .output: 100_000], at: rates, answered: 3, unmeasured: 1), day: day)
    #expect(row.billed == nil && row.tableCost == ExactAmount("1.4") && row.ledger == ExactAmount("0.9"))
    #expect(row.difference == ExactAmount("0.5") && row.causes.unmeasured == ExactAmount("0.5"))
    #expect(row.tellsUnmeasured && row.chargedForUnmeasured == nil)
  }

  /// The ledger has only requests that nobody measured, and the table no rate to price them with.
  @Test func unmeasuredRequestsOfAModelWithoutAPriceAreNotExplained() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let line = BillRow(day: day, model: "m", requests: 1, tokens: [.input: 1000], cost: ExactAmount("0.3"))
    let row = try Self.compared([line], LedgerUse(answered: 1, unmeasured: 1), day: day)
    #expect(row.difference == nil && row.unpriced == [Self.model])
  }

  @Test func noNumberOfRequestsIsTooLarge() {
    let limit = Reconciliation.Limit(requests: .max, rate: Rate(picodollarsPerToken: 1_000_000_000_000))
    #expect(limit.most > .one * 1_000_000)
  }

  @Test func offPeakAndPeakAreComparedEachWithItsOwn() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let cheap = try #require(Rate(decimalPerMillion: "0.15"))
    let dear = try #require(Rate(decimalPerMillion: "0.30"))
    let lines = [
      BillRow(day: day, model: "m", tokens: [.input: 1000], cost: cheap.exact * 1000, rate: cheap.exact),
      BillRow(day: day, model: "m", tokens: [.input: 500], cost: dear.exact * 500, rate: dear.exact),
      BillRow(day: day, model: "m", requests: 3),
    ]
    let use = LedgerUse(
      answered: 3, unmeasured: 1,
      parts: [
        LedgerUse.Part(tokenClass: .input, rate: dear, tokens: 100),
        LedgerUse.Part(tokenClass: .input, rate: cheap, tokens: 1000),
      ])
    let row = try Self.compared(lines, use, day: day)
    #expect(row.causes.price == .zero)
    #expect(row.causes.unmeasured == dear.exact * 400)
  }

  @Test func hoursThatTheTableTakesForDearerOnesAreAPrice() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let cheap = try #require(Rate(decimalPerMillion: "0.15"))
    let dear = try #require(Rate(decimalPerMillion: "0.30"))
    let use = LedgerUse(
      answered: 3, unmeasured: 1,
      parts: [
        LedgerUse.Part(tokenClass: .input, rate: dear, tokens: 400),
        LedgerUse.Part(tokenClass: .input, rate: cheap, tokens: 1000),
      ])
    // All of it at the low rate, and 200 tokens that were not measured.
    let lines = [
      BillRow(day: day, model: "m", tokens: [.input: 1600], cost: cheap.exact * 1600, rate: cheap.exact),
      BillRow(day: day, model: "m", requests: 3),
    ]
    let row = try Self.compared(lines, use, day: day)
    #expect(row.causes.price == .zero - (dear.exact - cheap.exact) * 400)
    #expect(row.causes.unmeasured == cheap.exact * 200 && row.causes.unexplained == .zero)
    #expect(row.rates.map(\.bill) == [ExactAmount("0.15")] && row.rates.map(\.table) == [ExactAmount("0.3")])
  }

  @Test func aPriceThatDoubledIsNamedHourByHour() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try ["0.15", "0.30", "0.60"].map { (text) throws in
      try #require(Rate(decimalPerMillion: text))
    }
    let use = LedgerUse(
      answered: 2,
      parts: [
        LedgerUse.Part(tokenClass: .input, rate: rates[0], tokens: 1000),
        LedgerUse.Part(tokenClass: .input, rate: rates[1], tokens: 500),
      ])
    let lines = [
      BillRow(day: day, model: "m", tokens: [.input: 1000], cost: rates[1].exact * 1000, rate: rates[1].exact),
      BillRow(day: day, model: "m", tokens: [.input: 500], cost: rates[2].exact * 500, rate: rates[2].exact),
      BillRow(day: day, model: "m", requests: 2),
    ]
    let row = try Self.compared(lines, use, day: day)
    #expect(row.causes.price == row.difference)
    #expect(row.rates.map(\.table) == ["0.15", "0.3"].map { ExactAmount($0) })
    #expect(row.rates.map(\.bill) == ["0.3", "0.6"].map { ExactAmount($0) })
  }

  @Test func theTokensOfUnmeasuredRequestsAreToldOnlyWhereBothSidesHaveTheSameRequests() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let use = Self.use([.input: 1000, .output: 100], at: rates, answered: 5, unmeasured: 1)
    func tells(_ tokens: [TokenClass: Int64], _ requests: Int64) throws -> Bool {
      try Self.compared(Self.bill(tokens, at: rates, requests: requests, day: day), use, day: day).tellsUnmeasured
    }
    #expect(try tells([.input: 1500, .output: 150], 5))
    #expect(try !tells([.input: 1500, .output: 150], 4))
    #expect(try !tells([.input: 1500, .output: 150], 6))
    // Fewer of a class than were measured: these are not the same requests.
    #expect(try !tells([.input: 1500, .output: 90], 5))
    #expect(try !tells([.input: 1000, .output: 100], 5))
  }

  @Test func moneyAndTokensOfTwoFilesTellThePrice() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("3", "0.30", "15")
    let use = Self.use([.input: 1_000_000, .output: 100_000], at: rates, answered: 4, unmeasured: 0)
    let lines = [
      BillRow(day: day, model: "m", tokens: [.input: 1_000_000, .output: 100_000]),
      BillRow(day: day, model: "m", cost: ExactAmount("3.30"), chargedClass: .input),
      BillRow(day: day, model: "m", cost: ExactAmount("1.50"), chargedClass: .output),
    ]
    let row = try Self.compared(lines, use, day: day, places: 2)
    #expect(row.causes.price == ExactAmount("0.3"))
    #expect(row.rates.map(\.tokenClass) == [.input] && row.causes.unexplained == .zero)
  }

  @Test func anotherSumForTheSameTokensIsAnotherPrice() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let use = Self.use([.input: 1_000_000, .output: 1000], at: rates, answered: 4, unmeasured: 0)
    func row(_ total: Int64) throws -> Reconciliation.Row {
      try Self.compared(
        [BillRow(day: day, model: "m", requests: 4, total: total, cost: ExactAmount("0.30"))], use, day: day, places: 2)
    }
    #expect(try row(1_001_000).causes.price == row(1_001_000).difference)
    #expect(try row(1_002_000).causes.price == .zero)
  }

  @Test func whatAModelWithoutAPriceCostsIsNotKnown() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let use = LedgerUse(answered: 1, parts: [LedgerUse.Part(tokenClass: .input, rate: nil, tokens: 1000)])
    for line in [
      BillRow(day: day, model: "m", requests: 1, tokens: [.input: 1000], cost: ExactAmount("0.3")),
      BillRow(day: day, model: "m", requests: 1, tokens: [.input: 1000, .output: 0], cost: ExactAmount("0.3")),
      BillRow(day: day, model: "m", requests: 1, cost: ExactAmount("0.3")),
    ] {
      let row = try Self.compared([line], use, day: day)
      #expect(row.ledger == nil && row.difference == nil && row.billed == ExactAmount("0.3"))
      #expect(row.unpriced == [Self.model] && row.rates.map(\.table) == [nil])
      #expect(Reconciliation(rows: [row], fees: []).unpriced == [Self.model])
    }
    // Tokens alone of such a model are no amount on either side.
    let tokens = try Self.compared([BillRow(day: day, model: "m", tokens: [.input: 1000])], use, day: day)
    #expect(tokens.billed == nil && tokens.ledger == nil && tokens.unpriced == [Self.model])
    let unseen = try Self.compared([BillRow(day: day, model: "m", tokens: [.input: 1000])], LedgerUse(), day: day)
    #expect(unseen.billed == nil && unseen.unpriced == [Self.model])
    // The bill has nothing of it: that is not zero dollars missing.
    let missing = try Self.compared([], use, day: day)
    #expect(missing.ledger == nil && missing.causes.missing == .zero && missing.unpriced == [Self.model])
  }

  @Test func roundingExplainsHalfAUnitARowAndNoMore() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let use = Self.use([.input: 1_000_000], at: rates, answered: 1, unmeasured: 0)
    func row(_ cost: String) throws -> Reconciliation.Row {
      try Self.compared(
        [BillRow(day: day, model: "m", requests: 1, cost: ExactAmount(cost))], use, day: day, places: 2)
    }
    #expect(try row("0.15").causes == Reconciliation.Causes())
    #expect(try row("0.155").causes.rounding == ExactAmount("0.005"))
    // What is more than rounding makes has no part that it made.
    #expect(try row("0.25").causes.unexplained == ExactAmount("0.1"))
    #expect(try row("0.25").causes.rounding == .zero)
  }

  /// A bill of whole cents: what it rounded off hides what unmeasured requests cost, and does not make them free.
  @Test func roundingTakesNothingFromRequestsThatNobodyMeasured() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let listed = [
      Rates(input: try #require(rates[.input]), output: try #require(rates[.output]), cacheRead: rates[.cacheRead])
    ]
    // Measured are 0.15 dollars.
    func causes(
      _ cost: String, total: Int64?, requests: Int64 = 3, unmeasured: Int = 1, table: [Rates]? = nil
    ) throws -> Reconciliation.Causes {
      var line = BillRow(day: day, model: "m", requests: requests, cost: ExactAmount(cost))
      line.total = total
      return try Self.compared(
        [line], Self.use([.input: 1_000_000], at: rates, answered: 3, unmeasured: unmeasured), day: day, places: 2,
        table: table ?? listed
      ).causes
    }
    // 10,000 tokens more cost 0.00003 dollars at the lowest rate, and 0.006 at the highest.
    let least = try causes("0.15", total: 1_010_000)
    #expect(least.unmeasured == ExactAmount("0.00003") && least.rounding == ExactAmount("-0.00003"))
    let some = try causes("0.154", total: 1_010_000)
    #expect(some.unmeasured == ExactAmount("0.004") && some.rounding == .zero)
    let most = try causes("0.16", total: 1_010_000)
    #expect(most.unmeasured == ExactAmount("0.006") && most.rounding == ExactAmount("0.004"))
    // Where rounding leaves no room for that, it is what is left.
    #expect(try causes("0.145", total: 1_010_000).unmeasured == .zero)
    #expect(try causes("0.15", total: 1_010_000, unmeasured: 0).unmeasured == .zero)
    #expect(try causes("0.15", total: 990_000, unmeasured: 0).missing == ExactAmount("-0.00003"))
    #expect(try causes("0.154", total: 1_000_000).rounding == ExactAmount("0.004"))
    // Without tokens there is the amount alone.
    #expect(try causes("0.154", total: nil).unmeasured == ExactAmount("0.004"))
    #expect(try causes("0.154", total: nil, requests: 4, unmeasured: 0).others == ExactAmount("0.004"))
    #expect(try causes("0.146", total: nil, requests: 2, unmeasured: 0).missing == ExactAmount("-0.004"))
    #expect(try causes("0.146", total: nil).rounding == ExactAmount("-0.004"))
    #expect(try causes("0.154", total: nil, unmeasured: 0).rounding == ExactAmount("0.004"))
  }

  @Test func roundingOfClassesAddsUp() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    // Each of both is off by half a cent.
    let lines = [(TokenClass.input, "1.00"), (.output, "0.40")].map { tokenClass, cost in
      BillRow(
        day: day, model: "m", tokens: [tokenClass: tokenClass == .input ? 1_005_000 : 101_250], cost: ExactAmount(cost))
    }
    let use = Self.use([.input: 1_005_000, .output: 101_250], at: rates, answered: 1, unmeasured: 0)
    let row = try Self.compared(lines, use, day: day, places: 2)
    #expect(row.causes.rounding == ExactAmount("-0.01") && row.causes.unexplained == .zero)
  }

  @Test func cacheWritesStandAmongTheInputOfABillThatDoesNotNameThem() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rate = try #require(Rate(decimalPerMillion: "0.3"))
    let write = try #require(Rate(decimalPerMillion: "0.375"))
    let output = try #require(Rate(decimalPerMillion: "1.2"))
    let use = LedgerUse(
      answered: 1, unmeasured: 0,
      parts: [
        LedgerUse.Part(tokenClass: .input, rate: rate, tokens: 1000),
        LedgerUse.Part(tokenClass: .cacheWrite5m, rate: write, tokens: 400),
        LedgerUse.Part(tokenClass: .output, rate: output, tokens: 10),
      ])
    let lines = [
      BillRow(day: day, model: "m", requests: 1, tokens: [.input: 1400, .output: 10], cost: use.cost)
    ]
    let row = try Self.compared(lines, use, day: day)
    #expect(row.causes == Reconciliation.Causes() && row.folded == [.cacheWrite5m: 400])
  }

  @Test func cacheReadsStandAmongTheInputOfABillThatHasAsMuch() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let use = Self.use(
      [.input: 100_000, .cacheRead: 900_000, .output: 10_000], at: try Self.rates("3", "0.3", "15"), answered: 4,
      unmeasured: 0)
    // 0.30, 0.27 and 0.15.
    let whole = BillRow(
      day: day, model: "m", requests: 4, tokens: [.input: 1_000_000, .output: 10_000], cost: ExactAmount("0.72"))
    let row = try Self.compared([whole], use, day: day)
    #expect(row.causes == Reconciliation.Causes() && row.folded == [.cacheRead: 900_000])
    // Without them they are missing.
    let less = BillRow(
      day: day, model: "m", requests: 4, tokens: [.input: 100_000, .output: 10_000], cost: ExactAmount("0.45"))
    #expect(try Self.compared([less], use, day: day).causes.missing == ExactAmount("-0.27"))
    #expect(try Self.compared([less], use, day: day).folded.isEmpty)
  }

  /// What is missing from a bill has a name and an amount where it was measured; else nobody knows what it cost.
  @Test func unmeasuredUseThatTheBillHasNothingOfIsNotExplained() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    func result(_ use: LedgerUse) throws -> Reconciliation {
      Reconciliation(rows: [try Self.compared([], use, day: day)], fees: [])
    }
    let measured = try result(Self.use([.input: 1_000_000], at: rates, answered: 2, unmeasured: 0))
    #expect(measured.unknownMissing.isEmpty && measured.rows[0].causes.missing == .zero - .one)
    var use = LedgerUse(answered: 2, unmeasured: 2)
    let listed = Rates(input: try #require(rates[.input]), output: try #require(rates[.output]))
    use.unmeasuredRates = [listed]
    let key = Reconciliation.Key(model: Self.model, day: day)
    func whole(_ use: LedgerUse) -> Reconciliation {
      Reconciliation.of(lines: [:], use: [key: use], fees: [], roundedPlaces: nil) { _, _ in
        TableRates(byHour: [listed])
      }
    }
    // Not $0: nothing of it is known.
    #expect(whole(use).rows[0].difference == nil && whole(use).rows[0].ledger == nil)
    #expect(whole(use).unknownMissing.map(\.requests) == [2] && whole(use).unpriced.isEmpty)
    use.parts = [LedgerUse.Part(tokenClass: .input, rate: rates[.input], tokens: 1_000_000)]
    use.answered = 3
    #expect(whole(use).rows[0].causes.missing == .zero - .one && whole(use).unknownMissing.map(\.requests) == [2])
    // What a plan pays costs nothing, whatever its tokens were.
    use.unmeasuredFree = 2
    #expect(whole(use).unknownMissing.isEmpty)
    // Where the bill has some of it, fewer requests are late rows or were not charged.
    let line = BillRow(day: day, model: "m", requests: 1, tokens: [.input: 1_000_000], cost: .one)
    #expect(try Self.compared([line], use, day: day).unknownMissing == 0)
  }

  /// A bill of fewer requests than the ledger has can charge no more of them than it counts.
  @Test func noMoreUnmeasuredRequestsAreChargedThanTheBillHas() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rate = try #require(Rate(decimalPerMillion: "1"))
    let line = BillRow(day: day, model: "m", requests: 3, cost: ExactAmount("35"))
    let row = try Self.compared(
      [line], LedgerUse(answered: 5, unmeasured: 5), day: day, table: [Rates(input: rate, output: rate)])
    // Ten dollars a request at most.
    #expect(row.limit?.requests == 3 && row.causes.unmeasured == ExactAmount("30"))
    #expect(row.causes.unexplained == ExactAmount("5"))
  }

  /// Requests cost what the bill charges for their tokens, be it more than any rate of the table; their number bounds the
  /// tokens.
  @Test func tokensOfOtherRequestsStandAtTheBillsRates() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    let charged = try Self.rates("50", "0.1", "4")
    let listed = Rates(input: try #require(rates[.input]), output: try #require(rates[.output]))
    func row(_ tokens: Int64) throws -> Reconciliation.Row {
      try Self.compared(
        Self.bill([.input: tokens], at: charged, requests: 2, day: day),
        Self.use([.input: 1_000_000], at: rates, answered: 1, unmeasured: 0), day: day, table: [listed])
    }
    let found = try row(9_000_000)
    #expect(found.causes.price == ExactAmount("49") && found.causes.others == ExactAmount("400"))
    #expect(found.causes.unexplained == .zero && found.repriced?.listed == ExactAmount("8"))
    // One request, and 20 million tokens: ten million at 50 are 500.
    let more = try row(21_000_000)
    #expect(more.causes.others == ExactAmount("500") && more.causes.unexplained == ExactAmount("500"))
    #expect(more.exceedsLimit)
  }

  @Test func whatTheBillLacksWholly() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let row = try Self.compared([], Self.use([.input: 100], at: rates, answered: 1, unmeasured: 0), day: day)
    #expect(row.causes.missing == row.difference)
    #expect(try #require(row.difference) < .zero)
  }

  @Test func whatIsToleratedIsTheGreaterOfACentAndAShare() throws {
    let day = try #require(CivilDay("2026-11-10"))
    func open(_ cost: String, _ unexplained: String) -> Int {
      var row = Reconciliation.Row(
        days: day...day, model: Self.model, billed: ExactAmount(cost) ?? .zero, ledger: .zero, answered: 1,
        unmeasured: 0)
      row.causes.unexplained = ExactAmount(unexplained) ?? .zero
      return Reconciliation(rows: [row], fees: []).unexplained(tolerance: .usual).count
    }
    #expect(open("1", "0.01") == 0)
    #expect(open("1", "-0.011") == 1)
    #expect(open("100", "0.5") == 0)
    #expect(open("100", "0.51") == 1)
  }

  @Test func whatAProviderChargesBesideItsOwnPricesIsItsOwnAmount() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("0.15", "0.003", "0.60")
    let tokens: [TokenClass: Int64] = [.input: 1_000_000, .output: 100_000]
    let use = Self.use(tokens, at: rates, answered: 3, unmeasured: 0)
    let bill = Self.bill(tokens, at: rates, requests: 3, day: day)
    func row(_ cost: String, _ mends: BillRow.Correction) throws -> Reconciliation.Row {
      var more = BillRow(day: day, model: Self.model.model, cost: ExactAmount(cost))
      more.mends = mends
      return try Self.compared(bill + [more], use, day: day)
    }
    let dearer = try row("0.001", .charge)
    #expect(dearer.causes.adjustment == ExactAmount("0.001") && dearer.causes.adjustment == dearer.difference)
    #expect(dearer.billed == ExactAmount("0.211") && dearer.rates.isEmpty)
    // Beyond 0.5 % of the 0.21 these are not the same charges, be they more or less.
    for amount in ["31", "0.04", "-0.2"] {
      let other = try row(amount, .charge)
      #expect(other.causes.adjustment == .zero && other.causes.unexplained == ExactAmount(amount))
    }
    let rounded = try row("-0.004", .rounding)
    #expect(rounded.causes.rounding == ExactAmount("-0.004") && rounded.causes.adjustment == .zero)
  }

  /// A bill with the sum of prompts and answers: tokens that are all measured leave none for other requests.
  @Test func requestsForWhichABillHasNoTokensLeftAreNotWhatItChargesMore() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = try Self.rates("1", "0.1", "4")
    let use = Self.use([.input: 1_000_000, .output: 100_000], at: rates, answered: 5, unmeasured: 2)
    func causes(_ total: Int64, _ cost: String) throws -> Reconciliation.Causes {
      try Self.compared(
        [BillRow(day: day, model: "m", requests: 5, total: total, cost: ExactAmount(cost))], use, day: day
      ).causes
    }
    // Ours is 1.40.
    let dearer = try causes(1_100_000, "2")
    #expect(dearer.price == ExactAmount("0.6") && dearer.unmeasured == .zero && dearer.unexplained == .zero)
    // Fewer tokens than were measured: whatever it is, no other request is charged.
    let fewer = try causes(1_000_000, "2")
    #expect(fewer.unmeasured == .zero && fewer.unexplained == ExactAmount("0.6"))
    // A thousand tokens more cost 0.004 at most.
    let more = try causes(1_101_000, "2")
    #expect(more.unmeasured == ExactAmount("0.004") && more.unexplained == ExactAmount("0.596"))
    #expect(try causes(1_300_000, "2").unmeasured == ExactAmount("0.6"))
  }

  // MARK: Tokens in one file, money in another

  /// Ours: a million input tokens at 1 dollar, a hundred thousand output tokens at 4.
  private static func twoFiles(
    _ tokens: [BillRow], _ money: [(TokenClass, String)], more: [BillRow] = []
  ) throws -> Reconciliation.Row {
    let day = try #require(CivilDay("2026-11-10"))
    let paid = money.map { tokenClass, cost in
      BillRow(day: day, model: "m", keyName: "a", cost: ExactAmount(cost), chargedClass: tokenClass)
    }
    return try compared(
      tokens + paid + more,
      use([.input: 1_000_000, .output: 100_000], at: rates("1", "0.1", "4"), answered: 2, unmeasured: 0), day: day,
      places: 2)
  }

  private static func tokens(_ input: Int64, _ output: Int64, key: String = "a", mode: String? = nil) throws -> BillRow
  {
    let day = try #require(CivilDay("2026-11-10"))
    var row = BillRow(day: day, model: "m", keyName: key, tokens: [.input: input, .cacheRead: 0, .output: output])
    row.mode = mode
    return row
  }

  @Test func moneyOfAnotherKeyIsNoPrice() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let own = try Self.tokens(1_000_000, 100_000)
    var other = BillRow(day: day, model: "m", keyName: "b", cost: ExactAmount("7"), chargedClass: .output)
    for isByKey in [true, false] {
      if !isByKey { (other.keyName, other.scope) = ("a", ["workspace": 1]) }
      var use = own
      use.scope = isByKey ? [:] : ["workspace": 2]
      let row = try Self.twoFiles([use], [(.input, "1.00"), (.output, "0.40")], more: [other])
      #expect(row.causes.price == .zero && row.rates.isEmpty)
      #expect(row.billed == ExactAmount("8.40") && row.withoutTokens == ExactAmount("7"))
      #expect(row.causes.unexplained == ExactAmount("7"))
    }
  }

  @Test func tokensOfAnotherKeyWithoutMoneyAreNoLowerPrice() throws {
    let row = try Self.twoFiles(
      [Self.tokens(1_000_000, 100_000), Self.tokens(500_000, 0, key: "b")], [(.input, "1.00"), (.output, "0.40")])
    #expect(row.causes == Reconciliation.Causes() && row.withoutMoney == [.input: 500_000])
  }

  @Test func aClassWithoutMoneyIsMissingAndNotFree() throws {
    let row = try Self.twoFiles([Self.tokens(1_000_000, 100_000)], [(.input, "1.00")])
    #expect(row.causes.price == .zero && row.causes.missing == ExactAmount("-0.4"))
    #expect(row.rates.isEmpty && row.withoutMoney == [.output: 100_000])
  }

  @Test func aModeWhoseMoneyIsLateIsNoLowerPriceOfTheOthers() throws {
    let row = try Self.twoFiles(
      [Self.tokens(1_000_000, 100_000), Self.tokens(400_000, 5000, mode: "batch")],
      [(.input, "1.00"), (.output, "0.40")])
    #expect(row.causes.price == .zero && row.causes.others == .zero && row.rates.isEmpty)
    #expect(row.withoutMoney == [.input: 400_000, .output: 5000])
  }

  @Test func classesThatMakeUpForEachOtherAreNotExplained() throws {
    let row = try Self.twoFiles([], [(.input, "1.20"), (.output, "0.20")])
    #expect(row.difference == .zero)
    #expect(row.openByClass == [.input: ExactAmount("0.2") ?? .zero, .output: ExactAmount("-0.2") ?? .zero])
    let open = Reconciliation(rows: [row], fees: []).unexplained(tolerance: .usual)
    #expect(open.map(\.amount) == [ExactAmount("0.4")])
    // Within the rounding of a cent.
    #expect(try Self.twoFiles([], [(.input, "1.00"), (.output, "0.40")]).openByClass.isEmpty)
  }

  /// Money names the class of writes, too: they are not looked for among its input.
  @Test func moneyForWritesOfCachesIsHeldAgainstThese() throws {
    let day = try #require(CivilDay("2026-11-10"))
    let rates = [TokenClass.cacheWrite1h: "6", .input: "3"].mapValues { Rate(decimalPerMillion: $0) }
    let use = LedgerUse(
      answered: 1,
      parts: rates.map { LedgerUse.Part(tokenClass: $0, rate: $1, tokens: 1_000_000) })
    let lines = [(TokenClass.cacheWrite1h, "6.00"), (.input, "3.00")].map {
      BillRow(day: day, model: "m", cost: ExactAmount($1), chargedClass: $0)
    }
    let row = try Self.compared(lines, use, day: day, places: 2)
    #expect(row.difference == .zero && row.openByClass.isEmpty)
  }

  /// A write of an hour costs 6, one of five minutes 3.75.
  @Test func writesOfAnHourThatAreBilledAsOfFiveMinutesAreTheSame() throws {
    let day = try #require(CivilDay("2026-11-10"))
    func rate(_ text: String) throws -> Rate { try #require(Rate(decimalPerMillion: text)) }
    let table = Rates(
      input: try rate("3"), output: try rate("15"), cacheRead: try rate("0.3"), cacheWrite5m: try rate("3.75"),
      cacheWrite1h: try rate("6"))
    let use = LedgerUse(
      answered: 1, parts: [LedgerUse.Part(tokenClass: .cacheWrite1h, rate: try rate("6"), tokens: 600_000)])
    let tokens = BillRow(day: day, model: "m", tokens: [.cacheWrite5m: 600_000, .cacheWrite1h: 0])
    let money = BillRow(day: day, model: "m", cost: ExactAmount("2.25"), chargedClass: .cacheWrite5m)
    for lines in [[tokens], [tokens, money]] {
      let row = try Self.compared(lines, use, day: day, table: [table])
      #expect(row.causes.price == ExactAmount("-1.35") && row.causes.others == .zero && row.causes.missing == .zero)
      #expect(row.shifted?.tokens == 600_000 && row.rates.isEmpty)
    }
  }

  @Test func aWeekOfABillIsComparedWithTheWholeWeek() throws {
    func day(_ number: Int) throws -> CivilDay { try #require(CivilDay("2026-11-0\(number)")) }
    func row(_ first: Int, _ last: Int?) throws -> BillRow {
      var row = BillRow(day: try day(first), model: "m")
      row.lastDay = try last.map(day)
      return row
    }
    let spans = BillSpans([try row(1, 3), try row(3, 4), try row(6, 6), try row(7, nil), try row(8, 9)])
    #expect(try (1...4).allSatisfy { try spans.days(of: day($0)) == day(1)...day(4) })
    #expect(try (5...7).allSatisfy { try spans.days(of: day($0)) == day($0)...day($0) })
    #expect(try spans.days(of: day(9)) == day(8)...day(9))
  }
}
