package import Model

/// Why a file is no bill, or not one that can be read without guessing. Never holds any of the file's cells that may be
/// keys.
package enum BillError: Error, Equatable, CustomStringConvertible {
  /// A table that nothing here knows; `seen` are the titles of its columns.
  case unknownFormat(path: String, seen: [String])
  /// A document that nothing here knows; `seen` are the keys of its outermost object.
  case unknownDocument(path: String, seen: [String])
  /// Something else than a bill, which is known.
  case foreign(path: String, ForeignFile)
  /// A column that `--columns` names, or that the format has, and the file does not have.
  case missingColumn(path: String, name: String, seen: [String])
  /// A column that `--columns` names for something, and that is not there.
  case noSuchColumn(path: String, word: String, title: String, seen: [String])
  /// A title that stands above two columns.
  case doubleTitle(path: String, name: String)
  /// A row with more or fewer cells than there are titles.
  case ragged(path: String, line: Int, cells: Int, titles: Int)
  /// A file that ends in the middle of a record, on this line.
  case cutOff(path: String, line: Int)
  /// Quotes that are not as CSV has them.
  case badQuotes(path: String, line: Int)
  /// A cell that is not what its column holds.
  case badCell(path: String, line: Int, column: String, why: Why? = nil)
  /// A member of one of a document's items, counted from one.
  case badItem(path: String, item: Int, member: String, why: Why? = nil)
  /// A line that sums up others, between them.
  case sum(path: String, line: Int)
  /// A sum over several models or kinds of charges, and what the provider has to be asked for instead.
  case needsGrouping(path: String, place: Place, member: String, by: String)
  /// Amounts of one file in several currencies.
  case mixedCurrencies(path: String, place: Place, [String])
  /// The file says another currency, or another zone, than was asked for.
  case contradicts(path: String, says: String, asked: String)
  /// An archive that cannot be unpacked.
  case badArchive(path: String)
  /// Two files of an archive with one name.
  case doubleEntry(path: String, name: String)
  /// Text that is none, or of an encoding that is not read.
  case notText(path: String)
  /// Something that looks like a key stands where models or fees are read from.
  case holdsKey(path: String, column: String)
  /// A file without anything in it.
  case blank(path: String)
  /// A bill without a line.
  case empty(path: String)
  /// A table that holds the same lines several times over.
  case joinedWithItself(path: String)
  /// A file of DeepSeek's amounts that files of costs in several currencies could be for.
  case severalCurrencies(path: String, costs: [String])
  /// Two files that list the same use, each with another sum; the same file where it lists it twice.
  case sameUse(first: String, second: String, day: CivilDay)
  /// Two files, each with its zone, whose days overlap.
  case twoClocks([String], day: CivilDay)
  /// A line, or an item, of the same use as one before it that is not equal to it.
  case repeatedUse(path: String, place: Place, of: Place)
  /// Two formats of one use that do not say the same.
  case twoForms(first: String, second: String, day: CivilDay)

  /// Where something stands in a file.
  package enum Place: Equatable, Sendable {
    case line(Int)
    case item(Int)
  }

  /// What is wrong with a cell or a member.
  package enum Why: Equatable, Sendable {
    /// It can be read with a decimal point, and with a decimal comma.
    case decimalMark
    /// A number below zero where there is none.
    case negative
    /// No whole number.
    case fraction
    /// More than any bill holds.
    case tooLarge
    /// There is nothing where something has to be: it is unknown, not zero.
    case missing
    /// More of the part than of the whole.
    case exceeds(String)
    /// A word for something that is not known.
    case unknown(String)
    /// A price beside tokens of several classes, or of none.
    case rateOfClasses
    /// A number, a day or a word for nothing where a name has to be.
    case noName(of: String, column: String)
    /// A day before models were sold by the token.
    case tooEarly
    /// A day and a month that may stand in either order.
    case dayOrder
    /// A time without an offset where others have one.
    case noOffset
    /// The sign of yuan and of yen, where nothing tells which of them it is.
    case currencySign
    /// Another currency than the bill's.
    case currency(String)
    /// An end that is not behind its beginning, or more than a year behind it.
    case span
    /// A sum that is not that of the lines above it.
    case sum
  }

  package var description: String {
    switch self {
    case .unknownFormat(let path, let seen), .unknownDocument(let path, let seen):
      seen.isEmpty
        ? "\(path): neither a table nor JSON of a provider that ccr-audit knows"
        : "\(path): no bill that ccr-audit knows; it has \(Self.titles(seen.prefix(12)))"
          + (seen.count > 12 ? " and \(seen.count - 12) more" : "")
    case .foreign(let path, let file): "\(path): \(file.description)"
    case .missingColumn(let path, let name, let seen):
      "\(path): no column \(name); it has \(Self.titles(seen[...]))"
    case .noSuchColumn(let path, let word, let title, let seen):
      "\(path): \(word) takes the title of a column, and no column is called \(Self.titles([title])); "
        + "it has \(Self.titles(seen[...]))"
    case .doubleTitle(let path, let name): "\(path): two columns have the title \(Self.titles([name]))"
    case .ragged(let path, let line, let cells, let titles):
      "\(path):\(line): \(cells) cells under \(titles) titles"
    case .cutOff(let path, let line): "\(path):\(line): the file ends in the middle of a record: it is not whole"
    case .badQuotes(let path, let line): "\(path):\(line): a quote inside a quoted cell has to be doubled"
    case .badCell(let path, let line, let column, let why):
      "\(path):\(line): \(column) cannot be read\(Self.reason(why))"
    case .badItem(let path, let item, let member, let why):
      "\(path): \(member) of item \(item) cannot be read\(Self.reason(why))"
    case .sum(let path, let line): "\(path):\(line): a sum of other lines among them; leave it out"
    case .needsGrouping(let path, let place, let member, let by):
      "\(path)\(place): no \(member): a sum over several of them; get it again, grouped by it (\(by))"
    case .mixedCurrencies(let path, let place, let currencies):
      "\(path)\(place): amounts in \(currencies.joined(separator: " and ")) in one file; make a file of each currency"
    case .contradicts(let path, let says, let asked): "\(path): the file says \(says), not \(asked)"
    case .badArchive(let path):
      "\(path): an archive that cannot be unpacked: cut short, damaged, encrypted, or larger than any export"
    case .doubleEntry(let path, let name): "\(path): two of its files are called \(name): nobody knows which one holds"
    case .notText(let path):
      "\(path): text in no encoding that is read (UTF-8, UTF-16, Windows-1252); save the table as “CSV UTF-8”"
    case .holdsKey(let path, let column): "\(path): there are keys in the column \(column); nothing of it was kept"
    case .blank(let path): "\(path): there is nothing in it; the export was not saved, or was not ready"
    case .empty(let path): "\(path): a bill without a line: nothing was charged or used in its period"
    case .joinedWithItself(let path): "\(path): it holds the same lines several times over"
    case .severalCurrencies(let path, let costs):
      "\(path) does not say its currency, and it could be for each of \(costs.joined(separator: ", "))"
    case .sameUse(let first, let second, let day):
      first == second
        ? "\(first) lists the same use of \(day) twice, in different ways"
        : "\(first) and \(second) both list the same use of \(day), in different ways"
    case .twoClocks(let files, let day):
      "\(files.joined(separator: " and ")) list days of two clocks that overlap, \(day) first: neither alone is what the "
        + "ledger's requests of these days cost"
    case .repeatedUse(let path, let place, let other) where place == other:
      "\(path)\(place): two of its results are of the same use, and not equal"
    case .repeatedUse(let path, let place, let other):
      "\(path)\(place): it lists the same use as \(other.words) again, and is not equal to it"
    case .twoForms(let first, let second, let day):
      "\(first) and \(second) are two forms of one bill, and say different things of \(day)"
    }
  }

  private static func reason(_ why: Why?) -> String { why.map { ": \($0)" } ?? "" }

  /// Titles of columns. Without a line of titles they are cells.
  private static func titles(_ seen: ArraySlice<String>) -> String {
    seen.map { $0.looksLikeKey ? "what looks like a key" : $0 }.joined(separator: ", ")
  }
}

extension BillError.Place: CustomStringConvertible {
  fileprivate var words: String {
    switch self {
    case .line(let line): "line \(line)"
    case .item(let item): "item \(item)"
    }
  }

  package var description: String {
    switch self {
    case .line(let line): ":\(line)"
    case .item(let item): ", item \(item)"
    }
  }
}

extension BillError.Why: CustomStringConvertible {
  package var description: String {
    switch self {
    case .decimalMark: "its comma or point may stand before decimals or between thousands"
    case .negative: "it is below zero"
    case .fraction: "it is no whole number"
    case .tooLarge: "it is more than any bill holds"
    case .missing: "there is nothing, and what is unknown is not zero"
    case .exceeds(let whole): "it is more than \(whole), which includes it"
    case .unknown(let word): "ccr-audit does not know “\(word.looksLikeKey ? "…" : String(word.prefix(40)))”"
    case .rateOfClasses: "a price is for the tokens of one class: the row has to name them, and no others"
    case .noName(let what, let column):
      "it is no name, and \(what) takes names; where the column holds the amounts, it is cost=\(column)"
    case .tooEarly: "it is before 2020, when nobody sold tokens"
    case .dayOrder: "day and month may be in either order, and no other line tells; write days as 2026-05-31"
    case .noOffset: "it names no offset from UTC"
    case .currencySign: "¥ may be yuan or yen; --currency CNY or JPY says which"
    case .currency(let code): "it is in \(code), and the bill is not"
    case .span: "it has to be behind the beginning, and no more than a year"
    case .sum: "it is not the sum of the lines above it: some may be missing"
    }
  }
}
