/// What people hand over in place of a bill, told by its first bytes or by its titles.
package enum ForeignFile: Equatable, Sendable, CustomStringConvertible {
  case pdf, webPage, workbook, image, sqlite, xml
  case packed(by: String)
  /// An answer of an API that says an error.
  case refusal
  /// An answer with the lines before its body.
  case answer
  /// A balance or a limit.
  case balance
  /// Use of something else than completions.
  case otherUse(String)
  /// Sums that name no requests or models: what they are, and what to ask for.
  case summary(String, instead: String)
  /// A list of invoices or payments.
  case invoices

  package var description: String {
    switch self {
    case .pdf: "a PDF, perhaps an invoice: an invoice has no days and models; export the usage as CSV"
    case .webPage: "a web page (HTML), perhaps the one to log in: the export itself was not saved"
    case .workbook: "a workbook of a spreadsheet program; save its sheet as CSV"
    case .image: "an image; export the usage as CSV"
    case .sqlite: "a database, no bill; ccr-audit ingest reads those of routers"
    case .xml: "XML; export the usage as CSV or JSON"
    case .packed(let program): "packed by \(program); unpack it first"
    case .refusal: "an answer that says an error, no bill; the request was refused"
    case .answer: "an answer with its headers; save its body alone (curl without -i)"
    case .balance: "a balance, no bill; export the usage or the activity"
    case .otherUse(let what): "use of \(what); only that of completions is compared"
    case .summary(let what, let instead): "\(what), without days and models; use \(instead)"
    case .invoices: "a list of invoices or payments, without days and models; export the usage"
    }
  }

  /// What the first bytes tell; `nil` for what may be a bill.
  init?(_ bytes: [UInt8]) {
    func begins(_ mark: [UInt8]) -> Bool { bytes.starts(with: mark) }
    if begins(Array("%PDF-".utf8)) {
      self = .pdf
    } else if begins([0xd0, 0xcf, 0x11, 0xe0]) {
      self = .workbook
    } else if begins([0x89, 0x50, 0x4e, 0x47]) || begins([0xff, 0xd8, 0xff]) || begins(Array("GIF8".utf8)) {
      self = .image
    } else if begins(Array("SQLite format 3\0".utf8)) {
      self = .sqlite
    } else if let packer = Packing.foreign(bytes) {
      self = .packed(by: packer)
    } else {
      return nil
    }
  }

  /// What marked-up text is; `nil` for other text.
  init?(text: Substring) {
    let start = text.prefix(512).lowercased()
    if start.hasPrefix("http/") {
      self = .answer
      return
    }
    guard start.hasPrefix("<") else { return nil }
    self = start.hasPrefix("<?xml") && !start.contains("<html") ? .xml : .webPage
  }

  /// What the titles of a table tell.
  init?(titles: [String]) {
    let titles = Set(titles.map { $0.lowercased() })
    guard !titles.contains("model"), titles.contains(where: { $0.contains("invoice") || $0.contains("发票") }) else {
      return nil
    }
    self = .invoices
  }
}
