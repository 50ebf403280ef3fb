// pgJDBC as a migrator on the server that libpq's environment names: prints what became of each schema change.
import java.sql.*;
import java.util.*;

public final class ChangesJdbc {
    static final List<String> SAW = new ArrayList<>();

    static void run(Connection c, String sql) {
        try (Statement statement = c.createStatement()) {
            statement.execute(sql);
            SAW.add("ok");
        } catch (SQLException e) {
            SAW.add(e.getSQLState());
        }
    }

    static void prepared(Connection c, String sql) {
        try (PreparedStatement statement = c.prepareStatement(sql)) {
            statement.execute();
            SAW.add("ok");
        } catch (SQLException e) {
            SAW.add(e.getSQLState());
        }
    }

    static Connection connect(String options) throws SQLException {
        Map<String, String> env = System.getenv();
        return DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE") + "?sslmode=disable" + options,
            env.get("PGUSER"), env.get("PGPASSWORD"));
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection c = connect("")) {
            run(c, "CREATE TABLE driver (id int)");
            prepared(c, "ALTER TABLE driver ADD COLUMN a text");
            run(c, "DROP TABLE driver");
            run(c, "SELECT 1; CREATE TABLE never (id int)");
            c.setAutoCommit(false);
            run(c, "CREATE TABLE never (id int)");
            c.rollback();
        }
        try (Connection c = connect("&preferQueryMode=simple")) {
            run(c, "ALTER TABLE driver ADD COLUMN b text");
        }
        try (Connection c = connect("&prepareThreshold=1")) {
            prepared(c, "ALTER TABLE driver ADD COLUMN c text");
        }
        System.out.println(SAW);
    }
}
