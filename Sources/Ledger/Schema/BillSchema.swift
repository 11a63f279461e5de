/// The tables of bills.
enum BillSchema {
  /// The tables as they were first released.
  static let tables = """
    CREATE TABLE bill (
      id INTEGER PRIMARY KEY, hash INTEGER NOT NULL UNIQUE, seller TEXT NOT NULL, provider TEXT NOT NULL,
      first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, recorded INTEGER NOT NULL);
    CREATE TABLE bill_use (
      provider TEXT NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL, bill INTEGER NOT NULL REFERENCES bill,
      cost TEXT NOT NULL, requests INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
      requests_cost TEXT NOT NULL, PRIMARY KEY (provider, model, day)) WITHOUT ROWID;
    """

  /// Charges and tokens are facts of their own, each of which a later bill of the same model and days replaces. A bill
  /// is known again by its files, whatever its amounts were converted with.
  static let facts = """
    ALTER TABLE bill ADD COLUMN has_money INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE bill_file (
      bill INTEGER NOT NULL REFERENCES bill, hash INTEGER NOT NULL, PRIMARY KEY (bill, hash)) WITHOUT ROWID;
    CREATE TABLE bill_charge (
      bill INTEGER NOT NULL REFERENCES bill, provider TEXT NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL,
      last_day INTEGER NOT NULL, cost TEXT NOT NULL, PRIMARY KEY (bill, provider, model, day)) WITHOUT ROWID;
    CREATE TABLE bill_tokens (
      bill INTEGER NOT NULL REFERENCES bill, provider TEXT NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL,
      last_day INTEGER NOT NULL, requests INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
      cost TEXT, PRIMARY KEY (bill, provider, model, day)) WITHOUT ROWID;
    INSERT INTO bill_charge SELECT bill, provider, model, day, day, cost FROM bill_use;
    INSERT INTO bill_tokens
      SELECT bill, provider, model, day, day, requests, input, cache_read, cache_write_5m, cache_write_1h, output,
        requests_cost
      FROM bill_use WHERE requests > 0;
    DROP TABLE bill_use;
    """
}
