package store

import (
	"errors"
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"juwu/models"
)

// Every table whose primary key starts with community_id belongs to a
// community. Three GORM callbacks add that community to each query, update
// and delete of such a table, around whatever conditions stand there (also
// around OR), and refuse a statement made without a community. So a use case
// cannot forget the tenant, and a chained Or cannot escape it. Raw SQL is not
// covered: it is used in dialect.go and in queries that name community_id.

const tenantKey = "juwu:community"

// allTenants lets jobs and checks look across communities.
const allTenants = models.ID(-1)

// scoped binds a session to a community. It is a fresh session, so that the
// conditions of one statement never reach the next.
func scoped(db *gorm.DB, community models.ID) *gorm.DB {
	return db.Set(tenantKey, community).Session(&gorm.Session{})
}

var errNoTenant = errors.New("query of a community's table without a community")

func guardTenant(db *gorm.DB) error {
	return errors.Join(
		db.Callback().Query().Before("gorm:query").Register("juwu:tenant", addTenant),
		db.Callback().Row().Before("gorm:row").Register("juwu:tenant", addTenant),
		db.Callback().Update().Before("gorm:update").Register("juwu:tenant", addTenant),
		db.Callback().Delete().Before("gorm:delete").Register("juwu:tenant", addTenant),
		db.Callback().Create().Before("gorm:create").Register("juwu:tenant", setTenant),
	)
}

func tenantField(db *gorm.DB) *schema.Field {
	if db.Statement.Schema == nil {
		return nil
	}
	f := db.Statement.Schema.LookUpField("CommunityID")
	if f == nil || !f.PrimaryKey {
		return nil
	}
	return f
}

func tenantOf(db *gorm.DB) (models.ID, bool) {
	v, ok := db.Get(tenantKey)
	if !ok {
		return 0, false
	}
	id, ok := v.(models.ID)
	return id, ok
}

func addTenant(db *gorm.DB) {
	f := tenantField(db)
	if f == nil || db.Error != nil || db.Statement.SQL.Len() > 0 {
		return
	}
	id, ok := tenantOf(db)
	if !ok {
		_ = db.AddError(fmt.Errorf("%w: %s", errNoTenant, db.Statement.Table))
		return
	}
	if id == allTenants {
		return
	}
	if c, ok := db.Statement.Clauses["WHERE"]; ok {
		if where, ok := c.Expression.(clause.Where); ok && len(where.Exprs) > 0 {
			where.Exprs = []clause.Expression{clause.And(where.Exprs...)}
			c.Expression = where
			db.Statement.Clauses["WHERE"] = c
		}
	}
	db.Statement.AddClause(clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: f.DBName}, Value: int64(id)},
	}})
}

func setTenant(db *gorm.DB) {
	f := tenantField(db)
	if f == nil || db.Error != nil {
		return
	}
	id, ok := tenantOf(db)
	if !ok {
		_ = db.AddError(fmt.Errorf("%w: insert into %s", errNoTenant, db.Statement.Table))
		return
	}
	if id == allTenants {
		return
	}
	set := func(row reflect.Value) {
		if v, zero := f.ValueOf(db.Statement.Context, row); zero {
			_ = db.AddError(f.Set(db.Statement.Context, row, id))
		} else if v != id {
			_ = db.AddError(fmt.Errorf("insert into %s for another community", db.Statement.Table))
		}
	}
	switch v := db.Statement.ReflectValue; v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			set(reflect.Indirect(v.Index(i)))
		}
	case reflect.Struct:
		set(v)
	default:
		_ = db.AddError(fmt.Errorf("insert into %s: %s is not a row", db.Statement.Table, v.Kind()))
	}
}
